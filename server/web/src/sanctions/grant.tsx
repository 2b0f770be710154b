import { Modal, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useApi } from "../api";
import { Foot } from "../part/foot";
import { Problem } from "../part/notice";
import choices from "../presence/presence.module.css";

const hour = 3600;
const times = [
  { seconds: hour, text: "1 hour" },
  { seconds: 2 * hour, text: "2 hours" },
  { seconds: 8 * hour, text: "8 hours" },
  { seconds: 24 * hour, text: "1 day" },
];

/** GrantDialog permits one product on one device for some hours, with the ticket that says why. */
export function GrantDialog({ device, onDone }: { device: string; onDone: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [where, setWhere] = useState(device);
  const [tool, setTool] = useState("");
  const [ticket, setTicket] = useState("");
  const [seconds, setSeconds] = useState(2 * hour);
  const [asked, setAsked] = useState(false);
  const grant = useMutation({
    mutationFn: () => api.sanctions.grantSanction({ device: where.trim(), tool: tool.trim(), ticket: ticket.trim(), seconds: BigInt(seconds) }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["sanctions"] });
      onDone();
    },
  });
  const missing = !where.trim() ? "Name the device." : !tool.trim() ? "Name the product." : !ticket.trim() ? "Name the ticket." : "";
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setAsked(true);
    if (!missing) grant.mutate();
  };
  return (
    <Modal opened onClose={onDone} title={<b>Permit for some hours</b>} size={560}>
      <form onSubmit={submit} noValidate>
        <p className={choices.about}>
          For help that somebody gets now. It permits from now on and ends by itself; what was seen before stays as it was judged. For anything
          that lasts, write a sanction with an owner and an approver.
        </p>
        {!device && <TextInput mb={10} label="Device" description="Its name or id" value={where} onChange={(e) => setWhere(e.currentTarget.value)} />}
        <TextInput mb={10} label="Product" description="As findings name it, e.g. anydesk" value={tool} onChange={(e) => setTool(e.currentTarget.value)} />
        <TextInput mb={10} label="Ticket" description="Where it is written down, e.g. INC-4711" maxLength={120} value={ticket} onChange={(e) => setTicket(e.currentTarget.value)} />
        <fieldset className={choices.choices}>
          <legend>For</legend>
          {times.map((t) => (
            <label key={t.seconds}>
              <input type="radio" name="for" checked={seconds === t.seconds} onChange={() => setSeconds(t.seconds)} /> {t.text}
            </label>
          ))}
        </fieldset>
        {grant.error && <Problem error={grant.error} what="Nothing was permitted." />}
        <Foot missing={asked && missing} deed="Permit" busy={grant.isPending} onDone={onDone} />
      </form>
    </Modal>
  );
}

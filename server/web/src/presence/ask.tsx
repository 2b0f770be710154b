import { Modal, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useApi } from "../api";
import { Foot } from "../part/foot";
import { Problem } from "../part/notice";
import { means } from "../words";
import css from "./presence.module.css";

const fewest = 10; // characters of a reason; the server insists on the same
const hour = 3600;

const times = [
  { seconds: hour / 4, text: "15 minutes" },
  { seconds: hour, text: "1 hour" },
  { seconds: 24 * hour, text: "1 day" },
  { seconds: 72 * hour, text: "3 days" },
];

/** AskDialog asks for a presence check: which acts count, until when, and why. */
export function AskDialog({ device, alert, onDone }: { device: string; alert: string; onDone: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [chosen, setChosen] = useState(() => Object.keys(means));
  const [seconds, setSeconds] = useState(24 * hour);
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const ask = useMutation({
    mutationFn: () => api.presence.requestPresence({ device, alert, means: chosen, dueSeconds: BigInt(seconds), reason: reason.trim() }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["presence"] });
      void client.invalidateQueries({ queryKey: ["alert", alert] });
      onDone();
    },
  });
  const length = [...reason.trim()].length;
  const missing = chosen.length === 0 ? "Choose at least one act." : length < fewest ? `Write at least ${fewest} characters: why is it asked?` : "";
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setAsked(true);
    if (!missing) ask.mutate();
  };
  const turn = (m: string) => setChosen(chosen.includes(m) ? chosen.filter((x) => x !== m) : [...chosen, m]);
  return (
    <Modal opened onClose={onDone} title={<b>Ask whether somebody sits there</b>} size={620}>
      <form onSubmit={submit} noValidate>
        <p className={css.about}>
          The laptop asks the person, in farmwatch's own plain words, for one act that only hands at it can do. They may ask for another way
          instead. The answer changes no level and no alert; nobody answering proves nothing by itself.
        </p>
        <fieldset className={css.choices}>
          <legend>Any of these answers</legend>
          {Object.entries(means).map(([m, { ask: act }]) => (
            <label key={m}>
              <input type="checkbox" checked={chosen.includes(m)} onChange={() => turn(m)} /> {act}
            </label>
          ))}
        </fieldset>
        <fieldset className={css.choices}>
          <legend>Within</legend>
          {times.map((t) => (
            <label key={t.seconds}>
              <input type="radio" name="within" checked={seconds === t.seconds} onChange={() => setSeconds(t.seconds)} /> {t.text}
            </label>
          ))}
        </fieldset>
        <Textarea
          label="Why"
          description="For the audit; the person does not see it."
          autosize
          minRows={2}
          maxRows={6}
          maxLength={1000}
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
        />
        {ask.error && <Problem error={ask.error} what="Nothing was asked." />}
        <Foot missing={asked && missing} deed="Ask" busy={ask.isPending} onDone={onDone} />
      </form>
    </Modal>
  );
}

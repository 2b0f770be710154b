import { Button, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useApi } from "../api";
import type { Notice } from "../gen/farmwatch/console/v1/notices_pb";
import { Problem } from "../part/notice";
import { fewest, lacking } from "./words";
import css from "./notices.module.css";
import moves from "../alert/moves.module.css";

const choices = [
  { value: "expected", text: "Expected", about: "The company did this. No laptop gets an alert for this alone; sanction it next." },
  { value: "unexpected", text: "Not expected", about: "Nobody knows of it. Each laptop gets its alert, or its old one back." },
];

/** Decide asks whether the company expected what appeared, and how one knows. */
export function Decide({ notice: n, onDone }: { notice: Notice; onDone: () => void }) {
  const api = useApi();
  const client = useQueryClient();
  const [decision, setDecision] = useState("");
  const [comment, setComment] = useState("");
  const [asked, setAsked] = useState(false);
  const decide = useMutation({
    mutationFn: () => api.notices.decideNotice({ id: n.id, decision, comment: comment.trim() }),
    onSuccess: async () => {
      onDone();
      await Promise.all(["notice", "notices", "alerts", "devices"].map((queryKey) => client.invalidateQueries({ queryKey: [queryKey] })));
    },
  });
  const missing = lacking(decision, comment);
  const length = [...comment.trim()].length;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setAsked(true);
    if (!missing) decide.mutate();
  };
  return (
    <form onSubmit={submit} noValidate>
      <fieldset className={css.choices}>
        <legend>Did the company expect it?</legend>
        {choices.map((c) => (
          <label key={c.value} className={moves.reason}>
            <input type="radio" name="decision" value={c.value} checked={decision === c.value} onChange={() => setDecision(c.value)} />
            <b>{c.text}</b>
            <span>{c.about}</span>
          </label>
        ))}
      </fieldset>
      <Textarea
        label="How do you know?"
        description={
          <span className={moves.enough} data-short={length < fewest || undefined}>
            {length} of at least {fewest} characters: who was asked, which change it is.
          </span>
        }
        autosize
        minRows={2}
        maxRows={8}
        maxLength={4000}
        value={comment}
        onChange={(e) => setComment(e.currentTarget.value)}
        onKeyDown={(e) => e.key === "Enter" && (e.ctrlKey || e.metaKey) && submit(e)}
      />
      {decide.error && <Problem error={decide.error} what="Nothing was decided." />}
      <div className={moves.foot}>
        <span role="alert">{asked && missing}</span>
        {n.decision !== "" && <Button onClick={onDone}>Cancel</Button>}
        <Button type="submit" variant="filled" loading={decide.isPending}>
          Decide
        </Button>
      </div>
    </form>
  );
}

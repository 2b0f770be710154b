import { Modal, Textarea } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Alert } from "../gen/farmwatch/console/v1/console_pb";
import { Foot } from "../part/foot";
import { fewestCharacters, reasonGroups } from "../words";
import { Refused, useClose } from "./moves";
import css from "./moves.module.css";

/** CloseDialog asks why an alert is closed: a reason always, words where the reason alone would not be understood. */
export function CloseDialog({ alert, onDone }: { alert: Alert; onDone: () => void }) {
  const [reason, setReason] = useState("");
  const [comment, setComment] = useState("");
  const [asked, setAsked] = useState(false);
  const close = useClose();
  const fewest = fewestCharacters(alert.level, reason);
  const length = [...comment.trim()].length;
  const missing = reason === "" ? "Choose a reason." : length < fewest ? `Write at least ${fewest} characters: what did you see?` : "";
  const submit = (e: FormEvent) => {
    e.preventDefault();
    setAsked(true);
    if (!missing) close.mutate({ alert, reason, comment: comment.trim() }, { onSuccess: onDone });
  };
  return (
    <Modal opened onClose={onDone} title={<b>Close “{alert.title}”</b>} size={680}>
      <form onSubmit={submit} noValidate>
        <Reasons chosen={reason} onChoose={setReason} />
        <Textarea
          label={fewest > 0 ? "Comment" : "Comment (may be left out)"}
          description={
            <Enough length={length} fewest={fewest} />
          }
          autosize
          minRows={2}
          maxRows={8}
          maxLength={4000}
          value={comment}
          onChange={(e) => setComment(e.currentTarget.value)}
          onKeyDown={(e) => e.key === "Enter" && (e.ctrlKey || e.metaKey) && submit(e)}
        />
        <Refused error={close.error} what="The alert was not closed." />
        <Foot missing={asked && missing} deed="Close alert" busy={close.isPending} onDone={onDone} />
      </form>
    </Modal>
  );
}

function Enough({ length, fewest }: { length: number; fewest: number }) {
  if (fewest === 0) return <>The reason says enough here; a sentence still helps the next person.</>;
  return (
    <span className={css.enough} data-short={length < fewest || undefined}>
      {length} of at least {fewest} characters: say what you saw, so that the next person can follow it.
    </span>
  );
}

function Reasons({ chosen, onChoose }: { chosen: string; onChoose: (reason: string) => void }) {
  return (
    <div className={css.groups}>
      {reasonGroups.map((group) => (
        <fieldset key={group.text}>
          <legend>{group.text}</legend>
          {group.reasons.map((r, i) => (
            <label key={r.id} className={css.reason}>
              <input
                type="radio"
                name="reason"
                value={r.id}
                checked={chosen === r.id}
                data-autofocus={group === reasonGroups[0] && i === 0 ? true : undefined}
                onChange={() => onChoose(r.id)}
              />
              <b>{r.text}</b>
              <span>{r.about}</span>
            </label>
          ))}
        </fieldset>
      ))}
    </div>
  );
}

import { Button, Kbd, Textarea } from "@mantine/core";
import { useRef, useState } from "react";
import type { Alert } from "../gen/farmwatch/console/v1/console_pb";
import { useKeys } from "../keys";
import { useMayReview, useSession } from "../session";
import { CloseDialog } from "./close";
import { Refused, useAcknowledge, useComment, useReopen } from "./moves";
import css from "./alert.module.css";

/** Actions is what a person may do to an alert now; only what is possible is offered. */
export function Actions({ alert }: { alert: Alert }) {
  const mayReview = useMayReview();
  const user = useSession().data?.session?.user;
  if (!mayReview) return <p className={css.readonly}>Your role reads alerts and does not move them.</p>;
  return <Moves alert={alert} mine={alert.assignee === user} />;
}

function Moves({ alert, mine }: { alert: Alert; mine: boolean }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [comment, setComment] = useState("");
  const [closing, setClosing] = useState(false);
  const acknowledge = useAcknowledge();
  const reopen = useReopen();
  const remark = useComment();
  const closed = alert.state === "closed";
  const takes = !closed && !(alert.state === "in_progress" && mine);
  const take = () => takes && acknowledge.mutate(alert);
  const close = () => !closed && setClosing(true);
  const text = comment.trim();
  const clear = { onSuccess: () => setComment("") };
  useKeys([
    { keys: "a", words: "Acknowledge: take the alert", run: take },
    { keys: "c", words: "Close the alert", run: close },
    { keys: "m", words: "Write a comment", run: () => field.current?.focus() },
  ]);
  return (
    <>
      <div className={css.actions}>
        {takes && (
          <Button variant={alert.state === "new" ? "filled" : "default"} loading={acknowledge.isPending} onClick={take} rightSection={<Kbd size="xs">a</Kbd>}>
            {alert.state === "new" ? "Acknowledge" : `Take over from ${alert.assignee || "nobody"}`}
          </Button>
        )}
        {!closed && (
          <Button onClick={close} rightSection={<Kbd size="xs">c</Kbd>}>
            Close …
          </Button>
        )}
        {closed && (
          <Button loading={reopen.isPending} onClick={() => reopen.mutate({ alert, comment: text }, clear)}>
            Reopen{text && " with this comment"}
          </Button>
        )}
        <Textarea
          ref={field}
          className={css.comment}
          aria-label="Comment"
          placeholder="Comment (m)"
          autosize
          minRows={1}
          maxRows={6}
          maxLength={4000}
          value={comment}
          onChange={(e) => setComment(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === "Escape") e.currentTarget.blur();
            if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && text) remark.mutate({ alert, comment: text }, clear);
          }}
        />
        <Button disabled={!text} loading={remark.isPending} onClick={() => remark.mutate({ alert, comment: text }, clear)}>
          Add comment
        </Button>
      </div>
      <Refused error={acknowledge.error} what="The alert was not acknowledged." />
      <Refused error={reopen.error} what="The alert was not reopened." />
      <Refused error={remark.error} what="The comment was not kept." />
      {closing && <CloseDialog alert={alert} onDone={() => setClosing(false)} />}
    </>
  );
}

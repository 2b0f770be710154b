import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api";
import type { PresenceCheck } from "../gen/farmwatch/console/v1/console_pb";
import { Badge } from "../part/badge";
import { Problem } from "../part/notice";
import { Panel } from "../part/panel";
import { When } from "../part/when";
import { useMayReview } from "../session";
import { span } from "../time";
import { checkStates, means, plain, word } from "../words";
import { AskDialog } from "./ask";
import css from "./presence.module.css";

const open = (c: PresenceCheck) => c.state === "waiting" || c.state === "shown";

/** PresencePanel shows what was asked of the person at a device and what came of it, and lets one ask. */
export function PresencePanel({ device, alert = "" }: { device: string; alert?: string }) {
  const api = useApi();
  const mayReview = useMayReview();
  const [asking, setAsking] = useState(false);
  const query = useQuery({
    queryKey: ["presence", device],
    queryFn: ({ signal }) => api.presence.listPresence({ device }, { signal }),
    refetchInterval: (q) => (q.state.data?.checks.some(open) ? 5_000 : 30_000),
  });
  const checks = query.data?.checks ?? [];
  return (
    <Panel title="Presence check" aside="changes no level">
      {query.error && <Problem error={query.error} what="The presence checks could not be fetched." again={() => void query.refetch()} />}
      {checks.length === 0 && !query.error && <p className="soft">Nobody asked yet whether somebody sits at this laptop.</p>}
      <ul className={css.checks}>
        {checks.map((c) => (
          <Check key={c.id} check={c} mayWithdraw={mayReview && open(c)} />
        ))}
      </ul>
      {mayReview && query.data && !checks.some(open) && <Button onClick={() => setAsking(true)}>Ask whether somebody sits there …</Button>}
      {asking && <AskDialog device={device} alert={alert} onDone={() => setAsking(false)} />}
    </Panel>
  );
}

function Check({ check: c, mayWithdraw }: { check: PresenceCheck; mayWithdraw: boolean }) {
  const api = useApi();
  const client = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => api.presence.withdrawPresence({ id: c.id }),
    onSettled: () => client.invalidateQueries({ queryKey: ["presence"] }),
  });
  return (
    <li>
      <div className={css.head}>
        <Badge word={word(checkStates, c.state)} />
        {mayWithdraw && (
          <Button variant="subtle" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
            Withdraw
          </Button>
        )}
      </div>
      <Outcome check={c} />
      <p className="soft">
        Asked by {c.askedBy} <When at={c.askedAt} how="both" />: {c.reason}
      </p>
      {withdraw.error && <Problem error={withdraw.error} what="The check was not withdrawn." />}
    </li>
  );
}

/** Outcome is what came of it, in a sentence. */
function Outcome({ check: c }: { check: PresenceCheck }) {
  if (c.state === "answered") {
    return (
      <p>
        {means[c.answeredBy]?.done ?? plain(c.answeredBy)}, {span(Number(c.answeredAfterMs) / 1000)} after the question was shown
        {c.answeredFrom && <> ({c.answeredFrom})</>}
      </p>
    );
  }
  return (
    <>
      {open(c) && (
        <p>
          Any of these answers, until <When at={c.dueAt} how="both" />: {c.means.map((m) => means[m]?.ask ?? plain(m)).join("; ")}.
        </p>
      )}
      {c.detail && <p>{c.detail}</p>}
    </>
  );
}

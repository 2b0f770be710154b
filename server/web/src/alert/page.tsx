import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useParams, useSearchParams } from "react-router";
import { useApi } from "../api";
import { read } from "../alerts/filter";
import type { AlertDetail } from "../gen/farmwatch/console/v1/console_pb";
import { pollEvery, useLive } from "../live";
import { worstFirst } from "../evidence/finding";
import { Active, Badge } from "../part/badge";
import { LedgerPanel } from "../part/ledger";
import { Problem, Waiting } from "../part/notice";
import { Facts, Panel } from "../part/panel";
import { When } from "../part/when";
import { stateShapes } from "../alerts/table";
import { useSession } from "../session";
import { conclusions, levels, reasonText, states, word } from "../words";
import { Actions } from "./actions";
import { PresencePanel } from "../presence/panel";
import { began, Findings } from "./findings";
import { Now } from "./now";
import { Steps } from "./steps";
import { Timeline } from "./timeline";
import { DeviceLink } from "../part/device-link";
import css from "./alert.module.css";

export function Component() {
  const { id = "" } = useParams();
  const [params] = useSearchParams();
  const filter = read(params);
  const api = useApi();
  const live = useLive();
  const query = useQuery({
    queryKey: ["alert", id],
    queryFn: ({ signal }) => api.alerts.getAlert({ id }, { signal }),
    refetchInterval: live === "live" ? false : pollEvery,
  });
  const detail = query.data?.detail;
  const client = useQueryClient();
  useEffect(() => {
    client.setQueryData(["opened"], id); // the list's cursor comes back to it
  }, [client, id]);
  useDocumentTitle(detail ? `${detail.alert?.title} · ${detail.alert?.subject?.name} · farmwatch` : "Alert · farmwatch");
  return (
    <>
      <Steps id={id} filter={filter} />
      {query.error && <Problem error={query.error} what="The alert could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="the alert" />}
      {detail && <Detail key={id} detail={detail} />}
    </>
  );
}

function Detail({ detail }: { detail: AlertDetail }) {
  const { alert } = detail;
  const scale = useSession().data?.scale;
  if (!alert) return null;
  const findings = worstFirst(detail.findings);
  const over = [...new Set(findings.filter((f) => f.status === "closed").map((f) => f.title))];
  return (
    <article>
      <header className={css.head}>
        <div className={css.badges}>
          <Badge word={word(levels, alert.level)} />
          <Active now={alert.active} />
          <Badge filled={false} word={word(states, alert.state)} shape={stateShapes[alert.state] ?? "calm"} />
          {alert.closeReason && <span className="soft">{reasonText(alert.closeReason)}</span>}
        </div>
        <h1>{alert.title}</h1>
        <p className="soft">
          {word(conclusions, alert.conclusion).text} {alert.device ? "at" : "on"} <DeviceLink subject={alert.subject} />, opened <When at={alert.openedAt} how="both" />
          {detail.findings.length > 0 && <>; its evidence begins <When at={began(detail.findings)} how="both" /></>}
        </p>
        {alert.active && over.length > 0 && <p>Shown as it was at its strongest. No longer there: {over.join("; ")}.</p>}
      </header>
      <Actions alert={alert} />
      <div className={css.columns}>
        <div className={css.stack}>
          <Reading detail={detail} />
          <Findings findings={detail.findings} />
        </div>
        <div className={css.stack}>
          <LedgerPanel title="Score" score={alert.score} level={alert.level} ledger={detail.ledger} scale={scale} plain={alert.subject?.kind === "site"}>
            <Now alert={alert} />
          </LedgerPanel>
          <Panel title="About">
            <Facts
              rows={[
                [alert.device ? "Site" : "Device", <DeviceLink subject={alert.subject} />],
                ...(alert.device ? [["Speaks strongest", <DeviceLink subject={alert.device} />] as const] : []),
                ["Concludes", word(conclusions, alert.conclusion).text],
                ["With", alert.assignee || <span className="soft">nobody yet</span>],
                ["Opened", <When at={alert.openedAt} how="utc" />],
                ["Evidence", alert.active ? "there now" : <>last seen <When at={alert.lastSeen} how="both" /></>],
                ["Changed", <When at={alert.updatedAt} how="both" />],
                ["Alert", <code>{alert.id}</code>],
              ]}
            />
          </Panel>
          <PresencePanel device={(alert.device ?? alert.subject)?.id ?? ""} alert={alert.id} />
          <Timeline entries={detail.timeline} />
        </div>
      </div>
    </article>
  );
}

/** Reading is the three lines every alert owes its reader, and what to do next. */
function Reading({ detail }: { detail: AlertDetail }) {
  const lines = [
    ["Why this fired", detail.why],
    ["What else explains it", detail.alternatives],
    ["What would change the verdict", detail.change],
  ] as const;
  return (
    <section className={css.reading} aria-label="What it means">
      {lines.map(([title, text]) => (
        <div key={title}>
          <h2>{title}</h2>
          <p>{text || <span className="soft">The catalogue says nothing about it.</span>}</p>
        </div>
      ))}
      {detail.nextStep && (
        <div className={css.next}>
          <h2>Next step</h2>
          <p>{detail.nextStep}</p>
        </div>
      )}
    </section>
  );
}

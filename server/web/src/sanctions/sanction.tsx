import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "react-router";
import { useApi } from "../api";
import type { Sanction } from "../gen/farmwatch/console/v1/console_pb";
import { useKeys } from "../keys";
import { Badge } from "../part/badge";
import { DeviceLink } from "../part/device-link";
import { Icon } from "../part/icon";
import { Empty, Problem, Waiting } from "../part/notice";
import { Facts, Panel } from "../part/panel";
import { When } from "../part/when";
import { useIsAdmin } from "../session";
import { word } from "../words";
import { accounts, conditions, holds, sanctionStates, scope, terms } from "./words";
import css from "../alert/alert.module.css";
import list from "../presence/presence.module.css";

export function Component() {
  const { name = "" } = useParams();
  const api = useApi();
  const navigate = useNavigate();
  const query = useQuery({ queryKey: ["sanctions", name], queryFn: ({ signal }) => api.sanctions.listSanctions({ name, history: true }, { signal }), refetchInterval: 30_000 });
  const [latest, ...earlier] = query.data?.sanctions ?? [];
  const back = () => void navigate("/sanctions");
  useKeys([{ keys: "Escape", words: "Back to the list", run: back }]);
  useDocumentTitle(`${name} · farmwatch`);
  return (
    <>
      <nav className={css.steps} aria-label="Back">
        <Button variant="subtle" leftSection={<Icon shape="left" size={12} />} onClick={back}>
          Sanctions
        </Button>
      </nav>
      {query.error && <Problem error={query.error} what="The sanction could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="the sanction" />}
      {query.data && !latest && <Empty title="There is no sanction of this name" shape="search" />}
      {latest && <Detail sanction={latest} earlier={earlier} />}
    </>
  );
}

function Detail({ sanction: s, earlier }: { sanction: Sanction; earlier: Sanction[] }) {
  return (
    <article>
      <header className={css.head}>
        <div className={css.badges}>
          <Badge word={word(sanctionStates, s.state)} />
        </div>
        <h1>{s.name}</h1>
        <p className="soft">{s.justification}</p>
      </header>
      <div className={css.columns}>
        <div className={css.stack}>
          <Panel title="What it permits">
            <Facts
              rows={[
                ["Products", s.tools.join(", ")],
                ["Where", scope(s)],
                ["Whose account", accounts(s).join(", ") || "whosever"],
                ["Conditions", conditions(s).length === 0 ? "none" : <Lines texts={conditions(s)} />],
              ]}
            />
          </Panel>
          {s.tickets.length > 0 && <Tickets sanction={s} />}
          {earlier.length > 0 && <Earlier versions={earlier} />}
        </div>
        <div className={css.stack}>
          <Panel title="Who answers for it">
            <Facts
              rows={[
                ["Owner", s.owner || s.createdBy],
                ["Approver", s.approver || <span className="soft">none named</span>],
                ...(s.secondApprover ? [["Second approver", s.secondApprover] as const] : []),
                ...(s.ticket ? [["Ticket", s.ticket] as const] : []),
                ["In force from", <When at={s.startsAt} how="both" />],
                ["Ends", <When at={s.revokedAt ?? s.expiresAt} how="both" />],
                ["Version", `${s.version}, brought by ${s.createdBy}`],
              ]}
            />
            <Revoke sanction={s} />
          </Panel>
        </div>
      </div>
    </article>
  );
}

function Lines({ texts }: { texts: string[] }) {
  return (
    <>
      {texts.map((t) => (
        <div key={t}>{t}</div>
      ))}
    </>
  );
}

function Tickets({ sanction }: { sanction: Sanction }) {
  return (
    <Panel title="Open tickets">
      <ul className={list.checks}>
        {sanction.tickets.map((t) => (
          <li key={t.id}>
            <b>{t.ticket}</b> on <DeviceLink subject={t.device} />, until <When at={t.closesAt} how="utc" />
            <p className="soft">opened by {t.openedBy}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Earlier({ versions }: { versions: Sanction[] }) {
  return (
    <Panel title="Earlier versions" aside="what was seen in their time is judged by them">
      <ul className={list.checks}>
        {versions.map((v) => (
          <li key={v.id}>
            <b>Version {v.version}</b>, until <When at={v.replacedAt ?? v.revokedAt ?? v.expiresAt} how="utc" />
            <p>{[v.tools.join(", "), scope(v), ...terms(v)].join(" · ")}</p>
            <p className="soft">
              owner {v.owner || v.createdBy}, approver {v.approver || "none named"}
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Revoke ends a sanction now; it asks once more, since what it permitted counts from then on. */
function Revoke({ sanction: s }: { sanction: Sanction }) {
  const api = useApi();
  const client = useQueryClient();
  const admin = useIsAdmin();
  const revoke = useMutation({
    mutationFn: () => api.sanctions.revokeSanction({ id: s.id }),
    onSettled: () => client.invalidateQueries({ queryKey: ["sanctions"] }),
  });
  if (!admin || !holds(s)) return null;
  return (
    <>
      <Button
        mt={10}
        loading={revoke.isPending}
        onClick={() => window.confirm(`End ${s.name} now? What it permitted counts from now on.`) && revoke.mutate()}
      >
        Revoke …
      </Button>
      {revoke.error && <Problem error={revoke.error} what="The sanction was not revoked." />}
    </>
  );
}

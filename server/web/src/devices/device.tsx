import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { useApi } from "../api";
import { ContextPanel } from "../context/panel";
import { WherePanel } from "../egress/where";
import { FindingPanel, worstFirst } from "../evidence/finding";
import type { Device, GetDeviceResponse } from "../gen/farmwatch/console/v1/console_pb";
import { useKeys } from "../keys";
import { PartOf } from "../notices/part-of";
import { AssessmentPanel } from "../part/assessment";
import { Badge } from "../part/badge";
import { DeviceLink } from "../part/device-link";
import { Icon } from "../part/icon";
import { Problem, Waiting } from "../part/notice";
import { Facts, Panel } from "../part/panel";
import { PresencePanel } from "../presence/panel";
import { SanctionsPanel } from "../sanctions/panel";
import { When, useNow } from "../part/when";
import { useSession } from "../session";
import { dateOf, offset } from "../time";
import { counted, deviceLevel, presences, word } from "../words";
import { CoveragePanel } from "./coverage";
import { FactsPanels } from "./facts";
import { GapsPanel } from "./gaps";
import { OS } from "./os";
import css from "../alert/alert.module.css";

export function Component() {
  const { id = "" } = useParams();
  const api = useApi();
  const navigate = useNavigate();
  const query = useQuery({
    queryKey: ["device", id],
    queryFn: ({ signal }) => api.devices.getDevice({ id }, { signal }),
    refetchInterval: 15_000,
  });
  const back = () => void navigate("/devices");
  useKeys([{ keys: "Escape", words: "Back to the list", run: back }]);
  useDocumentTitle(`${query.data?.device?.name ?? "Device"} · farmwatch`);
  return (
    <>
      <nav className={css.steps} aria-label="Back">
        <Button variant="subtle" leftSection={<Icon shape="left" size={12} />} onClick={back}>
          Devices
        </Button>
      </nav>
      {query.error && <Problem error={query.error} what="The device could not be fetched." again={() => void query.refetch()} />}
      {query.isPending && <Waiting what="the device" />}
      {query.data?.device && <Detail device={query.data.device} all={query.data} />}
    </>
  );
}

function Detail({ device: d, all }: { device: Device; all: GetDeviceResponse }) {
  const scale = useSession().data?.scale;
  const open = worstFirst(all.findings.filter((f) => f.status !== "closed"));
  return (
    <article>
      <header className={css.head}>
        <div className={css.badges}>
          <Badge word={word(presences, d.presence)} />
          <Badge word={deviceLevel(d)} />
          {d.openAlerts > 0 && <Link to={`/alerts?device=${d.id}`}>{counted(d.openAlerts, "open alert")}</Link>}
        </div>
        <h1>{d.name || d.id}</h1>
        <Heard device={d} />
        <PartOf device={d.id} />
      </header>
      <div className={css.columns}>
        <div className={css.stack}>
          {all.assessments.map((a) => (
            <AssessmentPanel key={a.conclusion} of={a} scale={scale} />
          ))}
          <section className={css.stack} aria-label="Open findings">
            <h2 className={css.section}>
              Open findings <span className="soft num">{open.length}</span>
            </h2>
            {open.map((f) => (
              <FindingPanel key={f.uid} finding={f} />
            ))}
            {open.length === 0 && <p className="soft">None, of what could be looked at.</p>}
          </section>
          <FactsPanels facts={all.facts} />
        </div>
        <div className={css.stack}>
          <Panel title="About">
            <Facts
              rows={[
                ["Last seen", <When at={d.lastSeen} how="both" never="not yet" />],
                ["Clock", d.presence === "never_reported" ? <span className="soft">not measured yet</span> : offset(Number(d.clockOffsetMs))],
                ["Enrolled", <When at={d.enrolledAt} how="both" />],
                ["Shares a place", all.site ? <DeviceLink subject={all.site} /> : <span className="soft">with nobody, for certain</span>],
                ["Group", d.group || <span className="soft">none</span>],
                ["System", <OS device={d} />],
                ["Architecture", d.arch],
                ["Agent", d.agentVersion],
                ["Device", <code>{d.id}</code>],
              ]}
            />
          </Panel>
          {d.presence !== "removed" && <WherePanel device={d.id} />}
          {d.presence !== "removed" && <ContextPanel device={d.id} />}
          {d.presence !== "removed" && <SanctionsPanel device={d.id} />}
          {d.presence !== "removed" && <PresencePanel device={d.id} />}
          <CoveragePanel coverage={all.coverage} />
          <GapsPanel gaps={all.gaps} />
        </div>
      </div>
    </article>
  );
}

/** Heard says what the presence means for the reader now. */
function Heard({ device: d }: { device: Device }) {
  const now = useNow();
  const enrolled = dateOf(d.enrolledAt);
  const fresh = enrolled && now.getTime() - enrolled.getTime() < 5 * 60_000;
  switch (d.presence) {
    case "never_reported":
      return (
        <p className="soft">
          Enrolled <When at={d.enrolledAt} />. {fresh ? "The first report is expected within a minute." : "Its agent has never reported; farmwatch-agent doctor on the laptop tells why."}
        </p>
      );
    case "late":
    case "silent":
      return (
        <p className="soft">
          Last heard <When at={d.lastSeen} how="both" />. What stands below is how it was then. A closed lid is the usual reason.
        </p>
      );
    default:
      return (
        <p className="soft">
          Last heard <When at={d.lastSeen} how="both" />
        </p>
      );
  }
}

import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useApi } from "../api";
import { classTitle } from "../evidence/columns";
import type { Alert } from "../gen/farmwatch/console/v1/console_pb";
import { Sure } from "../part/assessment";
import { levels, word } from "../words";
import css from "./alert.module.css";

/** Now says how its subject is judged now, how sure that is and what was missing: an alert is of its strongest moment. */
export function Now({ alert }: { alert: Alert }) {
  const api = useApi();
  const subject = alert.subject?.id ?? "";
  const query = useQuery({
    queryKey: ["assessment", subject, alert.conclusion],
    queryFn: async ({ signal }) => (await api.assessments.listAssessments({ subject, conclusion: alert.conclusion }, { signal })).assessments[0] ?? null,
    refetchInterval: 30_000,
  });
  const a = query.data;
  if (!a) return null;
  return (
    <>
      <Sure of={a} begins={a.level === alert.level && a.score === alert.score ? "" : `Judged now: ${word(levels, a.level).text.toLowerCase()}, ${a.score} points. `} />
      {alert.subject?.kind === "device" && <Blind device={subject} />}
    </>
  );
}

/** Blind names what the laptop's sensors may not look at or failed to; what a platform cannot show is no news. */
function Blind({ device }: { device: string }) {
  const api = useApi();
  const query = useQuery({ queryKey: ["device", device], queryFn: ({ signal }) => api.devices.getDevice({ id: device }, { signal }) });
  const blind = (query.data?.coverage ?? []).filter((c) => c.state === "denied" || c.state === "failed");
  if (blind.length === 0) return null;
  return (
    <p data-blind className={css.blind}>
      The sensors of <Link to={`/devices/${device}`}>this laptop</Link> could not look at: {blind.map((c) => classTitle(c.class).toLowerCase()).join(", ")}. Silence says nothing there.
    </p>
  );
}

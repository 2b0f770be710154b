import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api";
import type { Alert } from "../gen/farmwatch/console/v1/console_pb";
import { Sure } from "../part/assessment";
import { levels, word } from "../words";

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
  return <Sure of={a} begins={a.level === alert.level && a.score === alert.score ? "" : `Judged now: ${word(levels, a.level).text.toLowerCase()}, ${a.score} points. `} />;
}

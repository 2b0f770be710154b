import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api";
import type { ContextFact } from "../gen/farmwatch/console/v1/context_pb";
import { Problem } from "../part/notice";
import { Facts, Panel } from "../part/panel";
import { utc } from "../time";
import { plain } from "../words";
import css from "../egress/egress.module.css";

/** ContextPanel shows what the company knows of a laptop beside what it tells: who said so, and what nobody said. */
export function ContextPanel({ device }: { device: string }) {
  const api = useApi();
  const query = useQuery({
    queryKey: ["context", device],
    queryFn: ({ signal }) => api.context.getDeviceContext({ device }, { signal }),
    refetchInterval: 60_000,
  });
  const known = query.data;
  return (
    <Panel title="Context" aside="as imported">
      {query.error && <Problem error={query.error} what="The context could not be fetched." again={() => void query.refetch()} />}
      {known && known.facts.length === 0 && <p className="soft">Nothing is imported about this laptop or who holds it.</p>}
      {known && known.facts.length > 0 && <Facts rows={known.facts.map((f) => [plain(f.name), <Fact of={f} />] as const)} />}
      {known?.missing.map((line) => (
        <p key={line} className={css.missing} data-blind>
          {line}
        </p>
      ))}
    </Panel>
  );
}

/** told writes a moment as all moments are written. */
function told(value: string): string {
  return /^\d{4}-\d\d-\d\dT/.test(value) ? utc(new Date(value)) : value;
}

function Fact({ of: f }: { of: ContextFact }) {
  return (
    <>
      {told(f.value)}
      {f.label && (
        <span className={css.under}>
          {f.kind}, {f.label}
        </span>
      )}
    </>
  );
}

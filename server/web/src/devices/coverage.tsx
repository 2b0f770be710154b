import type { Coverage } from "../gen/farmwatch/console/v1/console_pb";
import { className } from "../evidence/columns";
import { Badge } from "../part/badge";
import { Panel } from "../part/panel";
import { When } from "../part/when";
import { coverages, word } from "../words";
import css from "./devices.module.css";

/** Covered says how much could be looked at; the rest is striped, never blank. */
export function Covered({ ok, total }: { ok: number; total: number }) {
  if (total === 0) return <span className="soft">nothing yet</span>;
  return (
    <span className={css.covered}>
      <span className={css.bar} aria-hidden="true">
        <span style={{ width: `${(ok / total) * 100}%` }} />
      </span>
      <span className="num">
        {ok} of {total}
      </span>
    </span>
  );
}

/** blindFirst puts what could not be looked at before what could. */
export function blindFirst(coverage: Coverage[]): Coverage[] {
  const order = ["failed", "denied", "unsupported", "absent", "ok"];
  return [...coverage].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.class.localeCompare(b.class));
}

export function CoveragePanel({ coverage }: { coverage: Coverage[] }) {
  const ok = coverage.filter((c) => c.state === "ok").length;
  return (
    <Panel title="Coverage" aside={coverage.length > 0 ? `could look at ${ok} of ${coverage.length}` : undefined} flush>
      {coverage.length === 0 && <p className={css.none}>The agent has not said yet what it can look at.</p>}
      <ul className={css.coverage}>
        {blindFirst(coverage).map((c) => (
          <li key={c.class} data-blind={c.state !== "ok" || undefined}>
            <div className={css.class}>
              <b>{className(c.class)}</b>
              <Badge word={word(coverages, c.state)} filled={c.state !== "ok"} />
            </div>
            {c.state !== "ok" && (
              <p>
                {c.detail || word(coverages, c.state).about} <span className="soft">Since</span> <When at={c.since} />.
              </p>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

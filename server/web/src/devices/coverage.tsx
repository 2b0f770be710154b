import type { Coverage } from "../gen/farmwatch/console/v1/console_pb";
import { aboutClass } from "../evidence/classes";
import { classTitle } from "../evidence/columns";
import { Badge } from "../part/badge";
import { Icon } from "../part/icon";
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
function blindFirst(coverage: Coverage[]): Coverage[] {
  const order = ["failed", "denied", "unsupported", "absent", "ok"];
  return [...coverage].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.class.localeCompare(b.class));
}

export function CoveragePanel({ coverage }: { coverage: Coverage[] }) {
  const sorted = blindFirst(coverage);
  const looked = sorted.filter((c) => c.state === "ok");
  return (
    <Panel title="Coverage" aside={coverage.length > 0 ? `could look at ${looked.length} of ${coverage.length}` : undefined} flush>
      {coverage.length === 0 && <p className={css.none}>The agent has not said yet what it can look at.</p>}
      <ul className={css.list}>
        {sorted.slice(0, coverage.length - looked.length).map((c) => (
          <Blind key={c.class} coverage={c} />
        ))}
      </ul>
      <ul className={css.looked} aria-label="Could look at">
        {looked.map((c) => (
          <li key={c.class} title={aboutClass(c.class)}>
            <Icon shape="good" size={13} />
            {classTitle(c.class)}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Blind is a class that could not be looked at: why, and what mends it. */
function Blind({ coverage: c }: { coverage: Coverage }) {
  const state = word(coverages, c.state);
  return (
    <li data-blind>
      <div className={css.class}>
        <b title={aboutClass(c.class)}>{classTitle(c.class)}</b>
        <Badge word={state} filled={false} />
      </div>
      <p>{c.detail || state.about}</p>
      <p className="soft">
        {c.detail && state.about} Since <When at={c.since} how="both" />
      </p>
    </li>
  );
}

import type { Gap } from "../gen/farmwatch/console/v1/console_pb";
import { Panel } from "../part/panel";
import { When } from "../part/when";
import { counted } from "../words";
import css from "./devices.module.css";

/** GapsPanel lists reports that will never come; a fleet without a list of its gaps could not be audited. */
export function GapsPanel({ gaps }: { gaps: Gap[] }) {
  return (
    <Panel title="Gaps" aside={gaps.length === 0 ? "none" : undefined} flush>
      {gaps.length === 0 && <p className={css.none}>Every report arrived.</p>}
      <ul className={css.list}>
        {gaps.map((g) => (
          <li key={`${g.epoch}/${g.from}`}>
            <div className={css.class}>
              <b>{counted(Number(g.to - g.from + 1n), "report")} missing</b>
              <span className="soft num">
                {g.from.toString()}–{g.to.toString()}
              </span>
            </div>
            <p>
              {g.reason} <span className="soft">Told</span> <When at={g.receivedAt} how="both" />
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

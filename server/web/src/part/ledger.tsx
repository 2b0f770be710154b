import type { ReactNode } from "react";
import type { LedgerEntry, Scale } from "../gen/farmwatch/console/v1/console_pb";
import { levels, word } from "../words";
import { Badge } from "./badge";
import { Panel } from "./panel";
import css from "./ledger.module.css";

interface Props {
  title: string;
  score: number;
  level: string;
  ledger: LedgerEntry[];
  scale: Scale | undefined;
  plain?: boolean; // the findings are on other pages: nothing leads to them
  children?: ReactNode; // what stands below the sum
}

/** LedgerPanel shows how a score came about: its lines add up to it. */
export function LedgerPanel(p: Props) {
  return (
    <Panel title={p.title} aside={<Badge word={word(levels, p.level)} />}>
      <Meter score={p.score} scale={p.scale} />
      <Ledger entries={p.ledger} score={p.score} plain={p.plain ?? false} />
      {p.children}
    </Panel>
  );
}

function Ledger({ entries, score, plain }: { entries: LedgerEntry[]; score: number; plain: boolean }) {
  if (entries.length === 0) return <p className="soft">No line: nothing points that way.</p>;
  return (
    <table className={css.ledger}>
      <thead className="hidden">
        <tr>
          <th scope="col">Reason</th>
          <th scope="col">Points</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((e, i) => (
          <tr key={i}>
            <td>
              {e.finding && !plain ? <a href={`#finding-${e.finding.split(" ")[0]}`}>{e.reason}</a> : e.reason}
              <code className={css.rule}>{e.rule}</code>
            </td>
            <td className={css.points}>{signed(e.points)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td>Score</td>
          <td className={css.points}>{score}</td>
        </tr>
      </tfoot>
    </table>
  );
}

/** signed writes points as a ledger does, a minus as a minus; nothing has no sign. */
export function signed(points: number): string {
  if (points === 0) return "0";
  return points < 0 ? `−${-points}` : `+${points}`;
}

/** thresholds are the least scores of the levels that the scale names, lowest first. */
export function thresholds(scale: Scale | undefined): { level: string; least: number }[] {
  if (!scale) return [];
  return (["watch", "medium", "high"] as const).map((level) => ({ level, least: scale[level] })).filter((t) => t.least > 0);
}

/** Meter shows where a score stands between the levels. */
function Meter({ score, scale }: { score: number; scale: Scale | undefined }) {
  const marks = thresholds(scale);
  const top = Math.max(score, (marks.at(-1)?.least ?? 0) * 1.25, 1);
  if (marks.length === 0) return null;
  const place = (n: number) => `${Math.min(100, (Math.max(0, n) / top) * 100)}%`;
  const reached = marks.filter((m) => score >= m.least).at(-1)?.level ?? "none";
  const label = `Score ${score}. ${marks.map((m) => `${word(levels, m.level).text} from ${m.least}`).join(", ")}.`;
  return (
    <div className={css.meter} role="img" aria-label={label}>
      <div className={css.track}>
        <div className={css.fill} data-level={reached} style={{ width: place(score) }} />
        {marks.map((m) => (
          <span key={m.level} className={css.tick} style={{ left: place(m.least) }} />
        ))}
      </div>
      <div className={css.marks}>
        {marks.map((m) => (
          <span key={m.level} style={{ left: place(m.least) }} data-reached={score >= m.least || undefined}>
            {word(levels, m.level).text} {m.least}
          </span>
        ))}
      </div>
    </div>
  );
}

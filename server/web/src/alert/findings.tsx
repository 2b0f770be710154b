import { Button } from "@mantine/core";
import { useState } from "react";
import type { Finding } from "../gen/farmwatch/console/v1/console_pb";
import { FindingPanel, toOpen, worstFirst } from "../evidence/finding";
import { counted } from "../words";
import css from "./alert.module.css";

const first = 20; // findings shown before somebody asks for all: a site has those of each of its laptops
const few = 3; // of what is gone, shown as it is

/** Findings is what an alert rests on: what is there now, then what is gone. */
export function Findings({ findings }: { findings: Finding[] }) {
  const [all, setAll] = useState(false);
  const sorted = worstFirst(findings);
  const opened = toOpen(sorted);
  const now = sorted.filter((f) => f.status !== "closed");
  const gone = sorted.filter((f) => f.status === "closed");
  const shown = all ? now : now.slice(0, first);
  const panels = (list: Finding[]) => list.map((f) => <FindingPanel key={f.uid} finding={f} open={opened.has(f.uid)} />);
  return (
    <section className={css.stack} aria-label="Evidence">
      <h2 className={css.section}>
        Evidence <span className="soft num">{counted(findings.length, "finding")}</span>
      </h2>
      {panels(shown)}
      {shown.length < now.length && <Button onClick={() => setAll(true)}>Show all {now.length} that are there now, the worst first</Button>}
      {gone.length > few && now.length > 0 ? (
        <details>
          <summary>No longer there: {counted(gone.length, "finding")}</summary>
          <div className={`${css.stack} ${css.gone}`}>{panels(gone)}</div>
        </details>
      ) : (
        panels(gone)
      )}
    </section>
  );
}

/** began is since when there is evidence: a laptop that was offline tells late. */
export function began(findings: Finding[]): Finding["firstSeen"] {
  return findings.map((f) => f.firstSeen).sort((a, b) => Number((a?.seconds ?? 0n) - (b?.seconds ?? 0n)))[0];
}

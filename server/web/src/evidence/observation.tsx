import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { Observation } from "../gen/farmwatch/console/v1/console_pb";
import { Copy } from "../part/copy";
import { aboutColumn } from "./classes";
import { className, headline, lines, raw } from "./columns";
import css from "./evidence.module.css";

const views = [
  { value: "words", label: "In words" },
  { value: "raw", label: "Raw" },
];

/** ObservationView shows one row of evidence, in words or as it came. */
export function ObservationView({ observation: o }: { observation: Observation }) {
  const [view, setView] = useState("words");
  const json = raw(o);
  return (
    <section className={css.observation} aria-label={className(o.class)}>
      <header>
        <span>
          <b>{className(o.class)}</b> <span className="soft">{headline(o.columns)}</span>
        </span>
        <span className={css.tools}>
          <SegmentedControl size="xs" aria-label="How to show it" data={views} value={view} onChange={setView} />
          <Copy text={json} label="Copy JSON" />
        </span>
      </header>
      {view === "raw" ? (
        <pre className={css.raw} tabIndex={0}>
          {json}
        </pre>
      ) : (
        <Columns observation={o} />
      )}
    </section>
  );
}

/** Columns is an observation as a table of names and words. */
export function Columns({ observation: o }: { observation: Observation }) {
  return (
    <dl className={css.columns}>
      {lines(o.class, o.columns).map((l) => (
        <div key={l.column}>
          <dt title={[l.column, aboutColumn(o.class, l.column)].filter(Boolean).join(": ")}>{l.label}</dt>
          <dd>
            {l.value.map((v, i) => (
              <span key={i} className={css.value}>
                {v}
              </span>
            ))}
            {l.raw !== undefined && <code className={css.was}>{l.raw}</code>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

import type { ReactNode } from "react";
import css from "./panel.module.css";

/** Panel is one titled block of a screen. */
export function Panel(p: { title: string; aside?: ReactNode; children: ReactNode; flush?: boolean; id?: string }) {
  return (
    <section className={css.panel} aria-label={p.title} id={p.id}>
      <header className={css.head}>
        <h2>{p.title}</h2>
        {p.aside && <span className={css.aside}>{p.aside}</span>}
      </header>
      <div className={p.flush ? undefined : css.body}>{p.children}</div>
    </section>
  );
}

/** Facts is a list of names and what stands beside them. */
export function Facts({ rows }: { rows: (readonly [string, ReactNode])[] }) {
  return (
    <dl className={css.facts}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

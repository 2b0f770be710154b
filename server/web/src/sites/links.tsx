import { Button } from "@mantine/core";
import { useState } from "react";
import type { Subject } from "../gen/farmwatch/console/v1/console_pb";
import type { SiteLink } from "../gen/farmwatch/console/v1/sites_pb";
import { DeviceLink } from "../part/device-link";
import { Panel } from "../part/panel";
import { When } from "../part/when";
import { counted } from "../words";
import { rows, type Row } from "./fold";
import { linkKind, strength } from "./words";
import css from "../part/table.module.css";
import own from "./sites.module.css";

const first = 20; // rows shown before somebody asks for all

interface Props {
  links: SiteLink[];
  onLight: (id: string | undefined) => void; // which laptop the drawing lights up
}

/** Links says in words what the drawing shows, the certain ones first and apart. */
export function Links({ links, onLight }: Props) {
  const certain = links.filter((l) => l.certain);
  const possible = links.filter((l) => !l.certain);
  return (
    <>
      <Table title="Links for certain" links={certain} onLight={onLight} />
      {possible.length > 0 && <Table title="Possible links" aside="join nothing" links={possible} onLight={onLight} />}
    </>
  );
}

function Table({ title, aside, links, onLight }: Props & { title: string; aside?: string }) {
  const [all, setAll] = useState(false);
  const every = rows(links);
  const shown = all ? every : every.slice(0, first);
  return (
    <Panel title={title} aside={aside ?? counted(links.length, "link")} flush>
      {links.length === 0 ? (
        <p className={own.none}>Nothing joins them for certain now.</p>
      ) : (
        <div className={own.scroll} tabIndex={0} role="group" aria-label={title}>
          <table className={css.table}>
            <caption className="hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">Laptops</th>
                <th scope="col" className={own.words}>
                  Because
                </th>
                <th scope="col">Strength</th>
                <th scope="col" className={css.number}>
                  Days
                </th>
                <th scope="col">Last</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((r) => (
                <Line key={r.key} of={r} onLight={onLight} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length < every.length && (
        <div className={own.more}>
          <Button onClick={() => setAll(true)}>Show all {every.length}</Button>
        </div>
      )}
    </Panel>
  );
}

function Line({ of: r, onLight }: { of: Row; onLight: (id: string | undefined) => void }) {
  const lit = r.laptops.length === 2 ? r.laptops[0]?.id : undefined;
  return (
    <tr onMouseEnter={() => onLight(lit)} onMouseLeave={() => onLight(undefined)}>
      <td>
        <Names of={r.laptops} />
      </td>
      <td className={own.words}>
        {r.reason}
        <span className={css.under}>
          {linkKind(r.kind)}
          {r.how && `, ${r.how}`}
        </span>
      </td>
      <td data-label="Strength">
        {strength(r.strength)} <span className="soft num">{r.strength.toFixed(2)}</span>
      </td>
      <td className={css.number} data-label="Days">
        {r.days[0] === r.days[1] ? r.days[0] : `${r.days[0]}–${r.days[1]}`}
      </td>
      <td data-label="Last">
        <When at={r.last} />
      </td>
    </tr>
  );
}

function Names({ of }: { of: Subject[] }) {
  return (
    <span className={own.names}>
      {of.map((s) => (
        <DeviceLink key={s.id} subject={s} />
      ))}
    </span>
  );
}

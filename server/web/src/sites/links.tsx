import { Button } from "@mantine/core";
import { useState } from "react";
import type { SiteLink } from "../gen/farmwatch/console/v1/sites_pb";
import { DeviceLink } from "../part/device-link";
import { Panel } from "../part/panel";
import { When } from "../part/when";
import { counted } from "../words";
import { linkKind, strength } from "./words";
import css from "../part/table.module.css";
import own from "./sites.module.css";

const first = 20; // links shown before somebody asks for all

/** Links says in words what the drawing shows, the certain ones first and apart. */
export function Links({ links, onLight }: { links: SiteLink[]; onLight: (id: string | undefined) => void }) {
  const certain = links.filter((l) => l.certain);
  const possible = links.filter((l) => !l.certain);
  return (
    <>
      <Table title="Links for certain" links={certain} empty="Nothing joins them for certain now." onLight={onLight} />
      {possible.length > 0 && <Table title="Possible links" aside="join nothing" links={possible} empty="" onLight={onLight} />}
    </>
  );
}

function Table({ title, aside, links, empty, onLight }: { title: string; aside?: string; links: SiteLink[]; empty: string; onLight: (id: string | undefined) => void }) {
  const [all, setAll] = useState(false);
  const shown = all ? links : links.slice(0, first);
  return (
    <Panel title={title} aside={aside ?? counted(links.length, "link")} flush>
      {links.length === 0 && <p className={own.none}>{empty}</p>}
      {links.length > 0 && (
        <div className={own.scroll} tabIndex={0} role="group" aria-label={title}>
          <table className={css.table}>
            <caption className="hidden">{title}</caption>
            <thead>
              <tr>
                <th scope="col">Laptop</th>
                <th scope="col">And</th>
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
              {shown.map((l) => (
                <tr key={`${l.from?.id} ${l.to?.id} ${l.kind}`} onMouseEnter={() => onLight(l.from?.id)} onMouseLeave={() => onLight(undefined)}>
                  <td>
                    <DeviceLink subject={l.from} />
                  </td>
                  <td>
                    <DeviceLink subject={l.to} />
                  </td>
                  <td className={own.words}>
                    {l.reason}
                    <span className={css.under}>{linkKind(l.kind)}</span>
                  </td>
                  <td data-label="Strength">
                    {strength(l.strength)} <span className="soft num">{l.strength.toFixed(2)}</span>
                  </td>
                  <td className={css.number} data-label="Days">
                    {l.days}
                  </td>
                  <td data-label="Last">
                    <When at={l.lastSeen} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {shown.length < links.length && (
        <div className={own.more}>
          <Button onClick={() => setAll(true)}>
            Show all {links.length}
          </Button>
        </div>
      )}
    </Panel>
  );
}

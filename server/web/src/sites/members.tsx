import type { SiteMember } from "../gen/farmwatch/console/v1/sites_pb";
import { Badge } from "../part/badge";
import { DeviceLink } from "../part/device-link";
import { Panel } from "../part/panel";
import { When } from "../part/when";
import { levels, word } from "../words";
import css from "../part/table.module.css";
import own from "./sites.module.css";

interface Props {
  title: string;
  aside?: string;
  members: SiteMember[];
  onLight: (id: string | undefined) => void; // which laptop the drawing lights up
}

/** Members lists a site's laptops with the higher of their own levels. */
export function Members({ title, aside, members, onLight }: Props) {
  return (
    <Panel title={title} aside={aside ?? `${members.length}`} flush>
      <div className={own.scroll} tabIndex={0} role="group" aria-label={title}>
        <table className={css.table}>
          <caption className="hidden">{title}</caption>
          <thead>
            <tr>
              <th scope="col">Its own level</th>
              <th scope="col">Laptop</th>
              <th scope="col">Person</th>
              <th scope="col">Last met</th>
              <th scope="col" className={own.words}>
                Ways to control it, now or before, that nobody sanctioned
              </th>
            </tr>
          </thead>
          <tbody>
            {members.map((m) => (
              <tr key={m.device?.id} onMouseEnter={() => onLight(m.device?.id)} onMouseLeave={() => onLight(undefined)} onFocus={() => onLight(m.device?.id)} onBlur={() => onLight(undefined)}>
                <td>
                  <Badge word={word(levels, m.level || "none")} filled={m.level !== "none" && m.level !== ""} />
                </td>
                <td>
                  <DeviceLink subject={m.device} />
                </td>
                <td data-label="Person">{m.person ? <code>{m.person}</code> : <span className="soft">not imported</span>}</td>
                <td data-label="Last met">
                  <When at={m.lastSeen} />
                </td>
                <td className={own.words}>{m.mechanisms.length > 0 ? m.mechanisms.join("; ") : <span className="soft">none known</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

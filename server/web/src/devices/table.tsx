import { Link, useNavigate } from "react-router";
import type { Device } from "../gen/farmwatch/console/v1/console_pb";
import { Badge } from "../part/badge";
import type { Cursor } from "../part/cursor";
import { When } from "../part/when";
import { offset } from "../time";
import { deviceLevel, presences, word } from "../words";
import { Covered } from "./coverage";
import { OS } from "./os";
import css from "../part/table.module.css";

export function DeviceTable({ devices, cursor }: { devices: Device[]; cursor: Cursor }) {
  const navigate = useNavigate();
  return (
    <div className={css.frame}>
      <table className={css.table}>
        <caption className="hidden">Devices</caption>
        <thead>
          <tr>
            <th scope="col" className={css.wide}>
              Device
            </th>
            <th scope="col">Level</th>
            <th scope="col" className={css.number}>
              Open alerts
            </th>
            <th scope="col">Presence</th>
            <th scope="col">Last seen</th>
            <th scope="col">Could look at</th>
            <th scope="col">System</th>
            <th scope="col">Agent</th>
            <th scope="col" className={css.number}>
              Clock
            </th>
          </tr>
        </thead>
        <tbody ref={cursor.body}>
          {devices.map((d, row) => (
            <tr
              key={d.id}
              data-chosen={row === cursor.at || undefined}
              data-quiet={d.presence === "removed" || undefined}
              onFocus={() => cursor.set(row)}
              onClick={(e) => e.target instanceof Element && !e.target.closest("a") && !window.getSelection()?.toString() && void navigate(`/devices/${d.id}`)}
            >
              <td className={css.wide}>
                <Link to={`/devices/${d.id}`} data-row className={css.title}>
                  {d.name || d.id}
                </Link>
              </td>
              <td>
                <Badge word={deviceLevel(d)} filled={d.level !== "none" && d.level !== ""} />
              </td>
              <td className={css.number} data-label="Open alerts">
                {d.openAlerts > 0 ? <Link to={`/alerts?device=${d.id}`}>{d.openAlerts}</Link> : <span className="soft">0</span>}
              </td>
              <td>
                <Badge filled={false} word={word(presences, d.presence)} />
              </td>
              <td data-label="Last seen">
                <When at={d.lastSeen} never="not yet" />
              </td>
              <td data-label="Could look at">
                <Covered ok={d.coverageOk} total={d.coverageTotal} />
              </td>
              <td>
                <OS device={d} />
              </td>
              <td className="num" data-label="Agent">
                {d.agentVersion}
              </td>
              <td className={css.number} data-label="Clock">
                <Clock ms={Number(d.clockOffsetMs)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const wrong = 120_000; // ms from which a clock is worth a word

/** Clock is how far off a device's clock is; times from it are corrected by that much. */
function Clock({ ms }: { ms: number }) {
  if (Math.abs(ms) < wrong) return <>{offset(ms)}</>;
  return <Badge filled={false} word={{ text: offset(ms), tone: "medium", about: "Times that this device tells are corrected by as much" }} />;
}

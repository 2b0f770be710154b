import { useState } from "react";
import { classTitle, headline } from "../evidence/columns";
import { ObservationView } from "../evidence/observation";
import { each, hidUsage, usbInterface } from "../evidence/usb";
import type { Facts, Observation } from "../gen/farmwatch/console/v1/console_pb";
import { Icon } from "../part/icon";
import { Panel } from "../part/panel";
import { plain } from "../words";
import css from "./devices.module.css";

const order = ["usb_devices", "connected_displays", "network_interfaces"];

// What is shown in a panel of its own.
const elsewhere = ["presence_checks", "egress", "context"];

/** FactsPanels shows what is connected now, class by class. */
export function FactsPanels({ facts }: { facts: Facts[] }) {
  const place = (f: Facts) => (order.includes(f.class) ? order.indexOf(f.class) : order.length);
  const sorted = facts.filter((f) => !elsewhere.includes(f.class)).sort((a, b) => place(a) - place(b) || a.class.localeCompare(b.class));
  return sorted.map((f) => (
    <Panel key={f.class} title={classTitle(f.class)} aside={f.rows.length} flush>
      {f.rows.length === 0 && <p className={css.none}>None now.</p>}
      {f.rows.map((row, i) => (
        <Fact key={row.uid || i} row={row} />
      ))}
    </Panel>
  ));
}

function Fact({ row }: { row: Observation }) {
  const [open, setOpen] = useState(false);
  return (
    <details className={css.fact} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <Icon shape={open ? "down" : "right"} size={11} />
        <span>{headline(row.columns)}</span>
        <span className={css.gist}>{gist(row)}</span>
      </summary>
      {open && <ObservationView observation={row} />}
    </details>
  );
}

/** gist is what a row is, in a few words beside its name. */
function gist({ class: name, columns: c }: Pick<Observation, "class" | "columns">): string {
  switch (name) {
    case "usb_devices": {
      const usages = each(c["hid_usages"] ?? "").map(hidUsage);
      const rest = each(c["interfaces"] ?? "").filter((t) => !t.startsWith("03/")).map((t) => usbInterface(t).replace(/ \(.*/, ""));
      return [...new Set([...usages, ...rest])].join(", ");
    }
    case "connected_displays":
      return [c["preferred_mode"], c["connector"], c["year"]].filter(Boolean).join(" · ");
    case "network_interfaces":
      return [plain(c["kind"] ?? ""), c["up"] === "true" ? "up" : "down", c["default_route"] === "true" && "default route", c["vpn_like"] === "true" && "like a VPN"]
        .filter(Boolean)
        .join(" · ");
    case "system":
      return [(c["vendor"] || c["product"]) && c["os_version"], c["arch"], c["chassis"]].filter(Boolean).join(" · ");
    case "power":
      return [c["on_ac"] === "true" ? "on mains" : "on battery", c["battery_percent"] && `${c["battery_percent"]} %`, c["lid"] && `lid ${c["lid"]}`]
        .filter(Boolean)
        .join(" · ");
    default:
      return "";
  }
}

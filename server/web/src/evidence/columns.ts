import { utc } from "../time";
import { behinds, country, networkClass } from "../egress/words";
import { plain } from "../words";
import { displayMaker, usbVendor } from "./makers";
import { sharedFirst, sharedLabels } from "./shared";
import { each, hidUsage, usbClass, usbInterface } from "./usb";

/** Line is one column of an observation, in words; raw stays beside it where the words say less or more. */
interface Line {
  column: string;
  label: string;
  value: string[];
  raw?: string;
}

const classNames: Record<string, string> = {
  usb_devices: "USB device",
  connected_displays: "Display",
  arrivals: "Plugged in together",
  processes: "Process",
  listening_ports: "Listening port",
  process_open_sockets: "Connection",
  logged_in_users: "Session",
  packages: "Package",
  startup_items: "Startup item",
  tcc_access: "Program's right",
  network_interfaces: "Network interface",
  power: "Power",
  posture: "How it is kept",
  input_devices: "Input device",
  presence_checks: "Presence check",
  remote_sessions: "Remote session",
  remote_access: "Remote-access setting",
  program_conduct: "What a program does",
  observed_names: "Name looked up",
  egress: "Where it stands",
  site: "Whose place it shares",
  context: "Context",
  agent_cost: "Agent's own cost",
  system: "System",
};

export function className(name: string): string {
  return classNames[name] ?? plain(name);
}

const singular = ["egress", "site", "context", "arrivals", "power", "posture", "agent_cost", "system", "program_conduct"];

/** classTitle names all rows of a class together. */
export function classTitle(name: string): string {
  if (name === "observed_names") return "Names looked up";
  const title = className(name);
  return singular.includes(name) || !(name in classNames) ? title : title.endsWith("s") ? `${title}es` : `${title}s`;
}

const labels: Record<string, string> = {
  ...sharedLabels,
  vendor_id: "Vendor", product_id: "Product number", bcd_device: "Device release", bcd_usb: "USB version", manufacturer: "Manufacturer says",
  product: "Product says", serial: "Serial (hashed)", serial_kind: "Kind of serial", speed_mbps: "Speed", max_power_ma: "Power it may draw",
  remote_wakeup: "May wake the laptop", device_class: "Device class", interface_strings: "Interfaces call themselves", has_boot_keyboard: "Boot keyboard",
  has_absolute_pointer: "Absolute pointer", has_relative_pointer: "Relative pointer (mouse)", has_storage: "Storage", has_network: "Network",
  has_audio: "Audio", has_serial: "Serial port", has_vendor_interface: "Vendor's own interface", has_smartcard: "Smart card", has_video: "Camera or capture", hid_complete: "All HID reports read", internal: "The laptop's own panel", enabled: "Starts by itself",
  exec_file: "Program it starts", open_files: "Files it has open", goroutines: "Tasks in the agent", cpu_seconds: "CPU used", up: "In use", has_phone_class: "Phone (MTP, PTP, ADB)",
  hid_descriptors: "HID descriptors (hash)", hid_capabilities: "HID capabilities (hash)", hid_descriptor_lengths: "HID descriptor lengths", hid_usages: "HID usages", hid_bcd: "HID version",
  pointer_logical_max: "Pointer's range", hid_packet_matches_report: "Packet size equals report size", scsi_inquiry: "Disk calls itself",
  virtual_bus: "On a virtual bus", parent_hub: "Behind the hub",
  manufacturer_id: "Manufacturer", product_code: "Product code", serial_number: "Serial number (hashed)", serial_text: "Serial text (hashed)",
  "connected_displays.has_serial": "Has a serial", serial_default: "Well-known default serial", name: "Name", preferred_mode: "Preferred mode", extensions: "EDID extensions",
  checksum_ok: "EDID checksum holds", masked_hash: "EDID without identity (hash)", masked_base_hash: "EDID base without identity (hash)",
  cta_hashes: "EDID extensions (hash)", preferred_size_mm: "Size the mode gives", pixel_clock_khz: "Pixel clock", modes: "Modes it lists",
  years_before_modes: "Older than its modes", audio_formats: "Sound it takes", hdmi_address: "HDMI address", takes_hdr: "Takes HDR",
  displayid_product: "DisplayID says", malformed: "Malformed", usb_port: "USB port", seconds_apart: "Apart", times_together: "Times together",
  disconnected_together: "Also went together", dock_with_them: "A dock came along", same_usb_c_port: "At one USB-C socket",
  edid_sha256_16: "EDID (hashed)", width_cm: "Width", height_cm: "Height", year: "Made in", week: "Made in week", version: "Version",
  pid: "Process id", parent: "Parent's process id", user: "User (hashed)", args: "Arguments", since: "Since", remote_scope: "From where", remote_address: "Other end (hashed)",
  remote_port: "Other end's port", local_port: "Local port", on_ac: "On mains", os_version: "Version", boot_id: "Boot", vpn_like: "Like a VPN",
  default_route: "Carries the default route", gateway: "Gateway (hashed)", gateway_oui: "Gateway's maker (OUI)", access_point: "Access point (hashed)",
  place: "Where it is", maker: "Made by a program through", can: "What it can do", keys: "Keys pressed lately", pointer: "Pointer moved lately",
  key_percent: "Share of all presses", pointer_percent: "Share of all pointing", injected_percent: "Made by programs", only_pointer: "The only pointer used",
  built_in: "Own keyboard or pad, last hour", typing: "Sample of typing", gap_histogram: "Times between presses", dwell_histogram: "Times keys are down",
  short_dwell_percent: "Down less than 30 ms", together_percent: "Less than 6 ms apart", jump_percent: "Jumps on the screen",
  cadence: "Even intervals met", cadence_seconds: "Interval", cadence_variation_percent: "Intervals vary by", cadence_net_percent: "Leads away by",
  cadence_step: "Longest movement", cadence_moves: "Movements each time", cadence_place: "Ends",
  cpu_percent: "CPU", rss_bytes: "Memory", mtu: "MTU", remote: "Other end (hashed)",
  signer: "Signed by", signature: "Signature", team_id: "Apple Team ID", bundle_id: "Bundle id", original_name: "Original file name",
  "processes.product": "Product", "listening_ports.product": "Product", "process_open_sockets.product": "Product", "program_conduct.product": "Product",
  build_path: "Built from (Go)", libraries: "Libraries it needs", package: "Belongs to the package", beside: "Files beside it",
  banner: "Speaks", unit: "Started by", tool: "Product", approval: "Let in by", started: "Began", ended: "Ended", peer: "Other end (hashed)", peer_scope: "From where",
  account: "Account (hashed)", direction: "Direction", unattended: "Works without anybody agreeing", how: "How that is set", tenant: "Whose it is (hashed)", tenant_kind: "Told by",
  self_hosted: "On a server of one's own", injects: "Makes input through", captures: "Takes the picture through", listens: "Waits for connections from",
  client: "Program", apple: "Part of macOS", may_capture: "May see the screen", may_control: "May type and point", may_listen: "May follow what is typed",
  "tcc_access.source": "Who gave it", "startup_items.kind": "Started by", "startup_items.scope": "Starts with", "packages.source": "Kind of package",
  behind: "Way out", network_class: "Network is used for", network_name: "Network", country: "Country", own_egress: "The company's own", gateways_behind_address: "Routers behind that address, at least",
  days: "Days heard", masked_days: "Days by a VPN or servers for rent", flips_today: "Changes that day", flips_most: "Most changes on a day", flip_days: "Days with three or more",
  listed: "In the list", listed_days: "Days in it", shares_gateway_with: "Others behind its router, at least", shares_access_point_with: "Others at its access point, at least",
  shares_address_with: "Others by its address, at least", shared_days: "Days with two others or more, all day", place_class: "That place's line is for", countries: "Countries, at least",
  silent_days: "Days without a word", after_silence: "After that", first_place_moved: "Another country than in its first week", time_zone_elsewhere: "Days with a clock of elsewhere",
  access_point_elsewhere: "Days others there were elsewhere", round_trip_ms: "Shortest round trip", round_trip_excess_ms: "Longer than its country explains by",
  connection: "Longest connection", forked: "A copy that its parent made of itself", recent: "New on this laptop", lasting: "For how long",
};

const serialKinds: Record<string, string> = {
  none: "None", kvm_default: "A default that KVM software ships with", windows_instance: "Made up by Windows", plain: "Its own",
};
const scopes: Record<string, string> = {
  itself: "The same program", loopback: "This laptop itself", any: "Every address of the laptop", lan: "Local network", private: "Private network", public: "Internet",
};

const places: Record<string, string> = {
  built_in: "Built in", external: "Plugged in or by radio", virtual: "Nowhere: a program on this laptop made it", corner: "In a corner", centre: "In the middle", elsewhere: "Elsewhere",
};

const approvals: Record<string, string> = {
  person: "Somebody at the laptop", password: "A password", unattended: "Nobody had to agree", unknown: "Not told",
};
const signatures: Record<string, string> = {
  valid: "Holds", invalid: "Does not hold: the file was changed", unverified: "There, not verified", unsigned: "None",
};
const spans: Record<string, string> = { minutes: "Minutes", hour: "An hour or more", hours: "Several hours" };
const protocols: Record<string, string> = { rfb: "VNC (RFB)", rdp: "RDP", barrier: "Barrier", synergy: "Synergy", spice: "SPICE", nx: "NX", ssh: "SSH", x11: "X11" };

type Say = (value: string) => string[];
const one = (say: (value: string) => string): Say => (value) => [say(value)];
const unit = (name: string): Say => one((v) => `${v} ${name}`);

const sayings: Record<string, Say> = {
  interfaces: (v) => each(v).map(usbInterface),
  hid_usages: (v) => each(v).map(hidUsage),
  device_class: one(usbClass),
  vendor_id: one(usbVendor),
  manufacturer_id: one(displayMaker),
  serial_kind: one((v) => serialKinds[v] ?? plain(v)),
  place: one((v) => places[v] ?? plain(v)),
  cadence_place: one((v) => places[v] ?? plain(v)),
  can: (v) => each(v).map(plain),
  cadence_seconds: unit("s"),
  cadence_variation_percent: unit("%"),
  cadence_net_percent: unit("%"),
  key_percent: unit("%"),
  pointer_percent: unit("%"),
  injected_percent: unit("%"),
  short_dwell_percent: unit("%"),
  together_percent: unit("%"),
  jump_percent: unit("%"),
  scope: one((v) => scopes[v] ?? plain(v)),
  peer_scope: one((v) => scopes[v] ?? plain(v)),
  listens: one((v) => scopes[v] ?? plain(v)),
  approval: one((v) => approvals[v] ?? plain(v)),
  signature: one((v) => signatures[v] ?? plain(v)),
  connection: one((v) => spans[v] ?? plain(v)),
  lasting: one((v) => spans[v] ?? plain(v)),
  banner: one((v) => protocols[v] ?? v),
  libraries: one((v) => v.replaceAll(" ", ", ")),
  how: (v) => each(v).map(plain),
  remote_scope: one((v) => scopes[v] ?? plain(v)),
  speed_mbps: unit("Mbit/s"),
  max_power_ma: unit("mA"),
  width_cm: unit("cm"),
  height_cm: unit("cm"),
  preferred_size_mm: one((v) => `${v.replace("x", " × ")} mm`),
  pixel_clock_khz: unit("kHz"),
  years_before_modes: unit("years"),
  seconds_apart: unit("s"),
  cpu_percent: unit("%"),
  cpu_seconds: unit("s"),
  battery_percent: unit("%"),
  rss_bytes: one((v) => `${(Number(v) / 1_048_576).toFixed(1)} MiB`),
  preferred_mode: one((v) => v.replace("x", " × ").replace("@", " at ") + " Hz"),
  behind: one((v) => behinds[v]?.text ?? plain(v)),
  network_class: one((v) => networkClass(v) || "Not known"),
  place_class: one((v) => networkClass(v) || "Not known"),
  country: one(country),
  after_silence: one(plain),
  place_kind: one(plain),
  worker_type: one(plain),
  newcomer: one(plain),
  phone: one(plain),
  round_trip_ms: unit("ms"),
  round_trip_excess_ms: unit("ms"),
  hid_descriptors: each,
  hid_capabilities: each,
  drivers: each,
};

// Columns whose codes are worth seeing beside their words.
const coded = new Set(["interfaces", "hid_usages", "device_class", "serial_kind", "vendor_id", "manufacturer_id"]);

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const truths: Record<string, string> = { true: "Yes", false: "No" };

// By what a program is known whatever it is called, the strongest first.
const program = ["signer", "signature", "team_id", "bundle_id", "original_name", "product", "build_path", "package", "unit"];

// What a reader looks for first, per class; the rest follows by name.
const first: Record<string, string[]> = {
  ...sharedFirst,
  usb_devices: [
    "manufacturer", "product", "vendor_id", "product_id", "interfaces", "hid_usages", "serial_kind", "scsi_inquiry", "interface_strings",
    "has_boot_keyboard", "has_absolute_pointer", "has_relative_pointer", "has_storage",
  ],
  connected_displays: ["name", "manufacturer_id", "product_code", "year", "week", "preferred_mode", "width_cm", "height_cm", "serial_default"],
  arrivals: ["usb_port", "connector", "vendor_id", "product_id", "seconds_apart", "times_together", "disconnected_together", "dock_with_them", "same_usb_c_port"],
  input_devices: ["name", "place", "maker", "can", "usb_port", "vendor_id", "product_id", "cadence", "cadence_seconds", "injected_percent", "key_percent", "pointer_percent"],
  processes: ["name", "file", "script", ...program, "pid", "parent"],
  listening_ports: ["name", "protocol", "port", "banner", "scope", "address", ...program],
  process_open_sockets: ["name", "direction", "state", "protocol", "local_port", "remote_scope", "remote_port", ...program],
  program_conduct: ["name", "file", "script", "banner", "injects", "captures", "connection", "lasting", "recent", ...program],
  remote_sessions: ["tool", "direction", "state", "approval", "started", "ended", "peer_scope", "kind", "account", "source"],
  remote_access: ["tool", "unattended", "how", "tenant", "tenant_kind", "enabled", "self_hosted"],
  logged_in_users: ["kind", "terminal", "user", "remote_scope", "since"],
  egress: ["behind", "network_name", "network_class", "country", "own_egress", "listed", "shared_days", "place_class", "shares_gateway_with", "shares_access_point_with", "after_silence", "silent_days",
    "time_zone_elsewhere", "flip_days", "masked_days", "access_point_elsewhere", "round_trip_ms", "round_trip_excess_ms"],
  network_interfaces: ["name", "kind", "up", "default_route", "vpn_like", "driver"],
};

/** lines puts an observation in words, what matters first. A plain "no" of a class with many of them goes last. */
export function lines(className: string, columns: Record<string, string>): Line[] {
  const order = first[className] ?? [];
  const rank = (c: string) => {
    const at = order.indexOf(c);
    return (at < 0 ? order.length : at) + (columns[c] === "false" ? 1000 : 0);
  };
  return Object.keys(columns)
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
    .map((column) => line(className, column, columns[column] ?? ""));
}

function line(of: string, column: string, raw: string): Line {
  const label = labels[`${of}.${column}`] ?? labels[column] ?? plain(column);
  const truth = truths[raw];
  if (truth) return { column, label, value: [truth] };
  const value = sayings[column]?.(raw) ?? [moment.test(raw) ? utc(new Date(raw)) : raw];
  return coded.has(column) && value.join(" ") !== raw ? { column, label, value, raw } : { column, label, value };
}

/** headline names an observation in one line, by what is best known of it. */
export function headline(columns: Record<string, string>): string {
  const c = (name: string) => columns[name] ?? "";
  const usb = c("vendor_id") && `${c("vendor_id")}:${c("product_id")}`;
  const name = c("name") || [c("manufacturer") || c("vendor"), c("product")].filter(Boolean).join(" ") || c("manufacturer_id");
  const number = usb || c("port");
  if (c("site") || c("place_people")) return [c("site"), c("place_people") && `${c("place_people")} people`].filter(Boolean).join(" · ");
  const either = c("kind") || c("terminal") || c("chassis") || c("source") || (c("cpu_percent") && `${c("cpu_percent")} % CPU`) || (c("cpu_seconds") && `${c("cpu_seconds")} s of CPU`) || c("os_version") || c("os");
  return [name || (number ? "" : either), number].filter(Boolean).join(" · ") || Object.values(columns)[0] || "no columns";
}

/** raw is an observation as JSON, columns by name: what goes into a ticket. */
export function raw(o: { class: string; uid: string; columns: Record<string, string> }): string {
  const columns = Object.fromEntries(Object.entries(o.columns).sort(([a], [b]) => a.localeCompare(b)));
  return JSON.stringify({ class: o.class, uid: o.uid, columns }, null, 2);
}

import type { Device } from "../gen/farmwatch/console/v1/console_pb";

const names: Record<string, string> = { linux: "Linux", windows: "Windows", darwin: "macOS" };

/** OS names a device's system once: its version begins with a name of its own. */
export function OS({ device: d }: { device: Device }) {
  return d.osVersion || (names[d.os] ?? d.os);
}

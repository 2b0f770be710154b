import type { Device } from "../gen/farmwatch/console/v1/console_pb";

const names: Record<string, string> = { linux: "Linux", windows: "Windows", darwin: "macOS" };

export function OS({ device: d }: { device: Device }) {
  return (
    <>
      {names[d.os] ?? d.os} <span className="soft">{d.osVersion}</span>
    </>
  );
}

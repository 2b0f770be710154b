import type { Api } from "../api";
import type { Device } from "../gen/farmwatch/console/v1/console_pb";
import { dateOf } from "../time";

/** everyDevice fetches all pages: a denominator that leaves some out would be wrong. */
export async function everyDevice(api: Api, signal: AbortSignal, query = ""): Promise<Device[]> {
  const all: Device[] = [];
  let pageToken = "";
  do {
    const page = await api.devices.listDevices({ query, pageSize: 1000, pageToken }, { signal });
    all.push(...page.devices);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return all;
}

const recently = 2 * 60_000;

/** reporting counts who was heard of lately, of all, and on how many something could not be looked at. */
export function reporting(devices: Device[], now: Date): { total: number; recent: number; blind: number } {
  const enrolled = devices.filter((d) => d.presence !== "removed");
  return {
    total: enrolled.length,
    recent: enrolled.filter((d) => now.getTime() - (dateOf(d.lastSeen)?.getTime() ?? 0) <= recently).length,
    blind: enrolled.filter((d) => d.coverageOk < d.coverageTotal).length,
  };
}

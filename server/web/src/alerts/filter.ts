import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ListAlertsRequestSchema } from "../gen/farmwatch/console/v1/console_pb";

/** Filter is what the list shows, all of it in the address, so that a link shows the same rows to everybody. */
export interface Filter {
  state: string; // open, new, in_progress, closed, any
  level: string;
  conclusion: string;
  device: string;
  text: string;
}

export const everything: Filter = { state: "any", level: "any", conclusion: "any", device: "", text: "" };
export const usual: Filter = { ...everything, state: "open" };

/** read takes the filter from an address; what the address does not say is as usual. */
export function read(params: URLSearchParams): Filter {
  const filter = { ...usual };
  for (const key of Object.keys(usual) as (keyof Filter)[]) filter[key] = params.get(key) ?? usual[key];
  return filter;
}

/** write puts into an address only what is not as usual, always in the same order. */
export function write(filter: Filter): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of Object.keys(usual) as (keyof Filter)[]) if (filter[key] !== usual[key]) params.set(key, filter[key]);
  return params;
}

export function isUsual(filter: Filter): boolean {
  return write(filter).size === 0;
}

/** ask turns the filter into the request for its first page. */
export function ask(filter: Filter): MessageInitShape<typeof ListAlertsRequestSchema> {
  return {
    states: filter.state === "open" ? ["new", "in_progress"] : anyOf(filter.state),
    levels: anyOf(filter.level),
    conclusions: anyOf(filter.conclusion),
    device: filter.device,
    query: filter.text.trim(),
    pageSize: 100,
  };
}

function anyOf(value: string): string[] {
  return value === "any" ? [] : [value];
}

/** at is the address of something below /alerts that keeps the filter. */
export function at(path: string, filter: Filter): string {
  const query = write(filter).toString();
  return query ? `${path}?${query}` : path;
}

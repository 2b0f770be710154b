import type { Subject } from "../gen/farmwatch/console/v1/console_pb";
import type { SiteLink } from "../gen/farmwatch/console/v1/sites_pb";
import { cliques, commonest } from "./layout";

/** Row is one line of a table of links: of two laptops, or of several that are linked each with each. */
export interface Row {
  key: string;
  laptops: Subject[];
  kind: string;
  reason: string;
  strength: number; // of the weakest
  days: [number, number]; // fewest and most
  last: SiteLink["lastSeen"];
}

/** rows folds links of one kind among several laptops into one line, so that ten laptops are no forty-five lines. */
export function rows(links: SiteLink[]): Row[] {
  const groups = links.every((l) => l.certain) ? cliques(links) : [];
  const folded = new Set(groups.flatMap((g) => g.links));
  return [...groups.map((g) => row(g.links)), ...links.filter((l) => !folded.has(l)).map((l) => row([l]))];
}

function row(links: SiteLink[]): Row {
  const laptops = new Map<string, Subject>();
  for (const s of links.flatMap((l) => [l.from, l.to])) if (s) laptops.set(s.id, s);
  const days = links.map((l) => l.days);
  const last = links.map((l) => l.lastSeen).sort((a, b) => Number((b?.seconds ?? 0n) - (a?.seconds ?? 0n)))[0];
  const kind = links[0]?.kind ?? "";
  return {
    key: `${kind} ${[...laptops.keys()].join(" ")}`, laptops: [...laptops.values()], kind, reason: commonest(links.map((l) => l.reason)),
    strength: Math.min(...links.map((l) => l.strength)), days: [Math.min(...days), Math.max(...days)], last,
  };
}

import type { Subject } from "../gen/farmwatch/console/v1/console_pb";
import type { SiteLink } from "../gen/farmwatch/console/v1/sites_pb";
import { cliques, commonest } from "./layout";

/** Row is one line of a table of links: of two laptops, or of several that are linked each with each. */
export interface Row {
  key: string;
  laptops: Subject[];
  links: SiteLink[];
  how: string; // in which way more than two of them are linked
  kind: string;
  reason: string;
  strength: number; // of the weakest
  days: [number, number]; // fewest and most
  last: SiteLink["lastSeen"];
}

/** rows folds links of one kind among several laptops into one line, so that ten laptops are no forty-five lines. */
export function rows(links: SiteLink[]): Row[] {
  const certain = links.every((l) => l.certain);
  const groups = certain ? cliques(links).map((g) => row(g.links, "each with each")) : stars(links);
  const folded = new Set(groups.flatMap((g) => g.links));
  return [...groups, ...links.filter((l) => !folded.has(l)).map((l) => row([l], ""))];
}

/** stars finds what is said in the very same words of one laptop and of three others or more. */
function stars(links: SiteLink[]): Row[] {
  const by = new Map<string, SiteLink[]>();
  for (const l of links) by.set(`${l.kind} ${l.reason}`, [...(by.get(`${l.kind} ${l.reason}`) ?? []), l]);
  return [...by.values()].flatMap((same) => {
    const middle = commonest(same.flatMap((l) => [l.from?.id ?? "", l.to?.id ?? ""]));
    const of = same.filter((l) => l.from?.id === middle || l.to?.id === middle);
    return of.length >= 3 ? [row(of, "the first with each of the others", middle)] : [];
  });
}

function row(links: SiteLink[], how: string, first = ""): Row {
  const laptops = new Map<string, Subject>();
  for (const s of links.flatMap((l) => [l.from, l.to])) if (s) laptops.set(s.id, s);
  const days = links.map((l) => l.days);
  const last = links.map((l) => l.lastSeen).sort((a, b) => Number((b?.seconds ?? 0n) - (a?.seconds ?? 0n)))[0];
  const kind = links[0]?.kind ?? "";
  const [least, most] = [Math.min(...days), Math.max(...days)];
  const reason = commonest(links.map((l) => l.reason));
  return {
    key: `${kind} ${[...laptops.keys()].join(" ")}`, links, kind, how, laptops: [...laptops.values()].sort((a, b) => Number(b.id === first) - Number(a.id === first)),
    reason: least === most ? reason : reason.replace(/\bon \d+ days\b/, `on ${least} to ${most} days`), // each link tells its own days
    strength: Math.min(...links.map((l) => l.strength)), days: [least, most], last,
  };
}

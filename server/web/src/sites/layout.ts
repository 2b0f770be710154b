import type { SiteLink, SiteMember } from "../gen/farmwatch/console/v1/sites_pb";

/** Spot is one thing in the drawing: a laptop, or what several laptops share. */
export interface Spot {
  id: string;
  name: string;
  kind: "laptop" | "shared";
  shares: string[]; // kinds of the links, of what is shared
  level: string;
  certain: boolean;
  x: number;
  y: number;
  side: "left" | "right" | "top" | "bottom"; // where its name stands, away from the middle
}

/** Edge joins two spots. */
export interface Edge {
  from: string;
  to: string;
  certain: boolean;
  strength: number;
  kinds: string[];
  reasons: string[];
}

export interface Drawing {
  spots: Spot[];
  edges: Edge[];
  left: number; // possible links that are not drawn, since nobody could follow them
}

const radius = 100;
const outer = 1.45; // how much further out stand those that only may belong
const mostPossible = 80;

/** draw lays a site out, the same way every time: laptops in a circle, what they share inside it. */
export function draw(members: SiteMember[], links: SiteLink[]): Drawing {
  const certain = members.filter((m) => m.certain);
  const possible = members.filter((m) => !m.certain);
  const spots = [...ring(certain, radius, 0), ...ring(possible, radius * outer, Math.PI / Math.max(possible.length, 1))];
  const at = new Map(spots.map((s) => [s.id, s]));
  const drawable = links.filter((l) => at.has(l.from?.id ?? "") && at.has(l.to?.id ?? ""));
  const shared = alike(cliques(drawable.filter((l) => l.certain)));
  const middle = shared.map((group, i) => hub(group, i, shared.length, at));
  const folded = new Set(shared.flatMap((g) => g.links));
  const weak = drawable.filter((l) => !l.certain).sort((a, b) => b.strength - a.strength);
  const edges = merged([...drawable.filter((l) => l.certain && !folded.has(l)), ...weak.slice(0, mostPossible)]);
  for (const [i, group] of shared.entries()) {
    const best = Math.max(...group.links.map((l) => l.strength));
    const reason = commonest(group.links.map((l) => l.reason));
    for (const id of group.ids) edges.push({ from: middle[i]?.id ?? "", to: id, certain: true, strength: best, kinds: group.kinds, reasons: [reason] });
  }
  return { spots: [...spots, ...middle], edges, left: Math.max(0, weak.length - mostPossible) };
}

function ring(members: SiteMember[], r: number, turn: number): Spot[] {
  return members.map((m, i) => {
    const angle = turn - Math.PI / 2 + (2 * Math.PI * i) / members.length;
    return {
      id: m.device?.id ?? "", name: m.device?.name || m.device?.id || "", kind: "laptop", shares: [], level: m.level || "none", certain: m.certain,
      x: Math.cos(angle) * r * 1.6, y: Math.sin(angle) * r, side: sideOf(angle),
    };
  });
}

function sideOf(angle: number): Spot["side"] {
  const across = Math.cos(angle);
  if (Math.abs(across) > 0.35) return across > 0 ? "right" : "left";
  return Math.sin(angle) > 0 ? "bottom" : "top";
}

interface Group {
  kind: string;
  ids: string[];
  links: SiteLink[];
}

/**
 * cliques finds, kind by kind, laptops that are linked each with each: they share one
 * thing, and one spot in the middle shows that better than a web of lines.
 */
export function cliques(links: SiteLink[]): Group[] {
  const groups: Group[] = [];
  for (const kind of [...new Set(links.map((l) => l.kind))].sort()) {
    const of = links.filter((l) => l.kind === kind);
    for (const ids of components(of)) {
      const inside = of.filter((l) => ids.includes(l.from?.id ?? ""));
      if (ids.length >= 3 && inside.length === (ids.length * (ids.length - 1)) / 2) groups.push({ kind, ids, links: inside });
    }
  }
  return groups;
}

interface Hub extends Omit<Group, "kind"> {
  kinds: string[];
}

/** alike puts groups of the very same laptops into one: a house has a router and an access point. */
function alike(groups: Group[]): Hub[] {
  const by = new Map<string, Hub>();
  for (const g of groups) {
    const key = g.ids.join(" ");
    const hub = by.get(key);
    by.set(key, { ids: g.ids, kinds: [...(hub?.kinds ?? []), g.kind], links: [...(hub?.links ?? []), ...g.links] });
  }
  return [...by.values()];
}

function components(links: SiteLink[]): string[][] {
  const parent = new Map<string, string>();
  const root = (id: string): string => {
    const up = parent.get(id) ?? id;
    return up === id ? id : root(up);
  };
  for (const l of links) {
    const [a, b] = [root(l.from?.id ?? ""), root(l.to?.id ?? "")];
    parent.set(b, a);
    parent.set(a, a);
  }
  const by = new Map<string, string[]>();
  for (const id of [...new Set(links.flatMap((l) => [l.from?.id ?? "", l.to?.id ?? ""]))].sort()) by.set(root(id), [...(by.get(root(id)) ?? []), id]);
  return [...by.values()];
}

/** hub stands between its laptops, and away from the other hubs. */
function hub(group: Hub, i: number, of: number, at: Map<string, Spot>): Spot {
  const all = group.ids.flatMap((id) => at.get(id) ?? []);
  const mean = (pick: (s: Spot) => number) => all.reduce((sum, s) => sum + pick(s), 0) / Math.max(all.length, 1);
  const angle = (2 * Math.PI * i) / of;
  const apart = of > 1 ? radius * 0.3 : 0;
  return {
    id: `shared-${i}`, name: "", kind: "shared", shares: group.kinds, level: "none", certain: true,
    x: mean((s) => s.x) * 0.5 + Math.cos(angle) * apart * 1.6, y: mean((s) => s.y) * 0.5 + Math.sin(angle) * apart, side: "bottom",
  };
}

/** merged has one edge for each pair and certainty, by whatever the pair is linked. */
function merged(links: SiteLink[]): Edge[] {
  const by = new Map<string, Edge>();
  for (const l of links) {
    const [from, to] = [l.from?.id ?? "", l.to?.id ?? ""];
    const key = `${[from, to].sort().join(" ")} ${l.certain}`;
    const edge = by.get(key) ?? { from, to, certain: l.certain, strength: 0, kinds: [], reasons: [] };
    edge.strength = Math.max(edge.strength, l.strength);
    edge.kinds.push(l.kind);
    edge.reasons.push(l.reason);
    by.set(key, edge);
  }
  return [...by.values()];
}

/** commonest is the text that most have. */
export function commonest(texts: string[]): string {
  const count = new Map<string, number>();
  for (const t of texts) count.set(t, (count.get(t) ?? 0) + 1);
  return [...count].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}

import { expect, test } from "vitest";
import { home } from "../../test/fixture/sites";
import type { SiteLink } from "../gen/farmwatch/console/v1/sites_pb";
import { rows } from "./fold";
import { cliques, draw } from "./layout";

test("what laptops share each with each is one spot in the middle, and other links stay lines", () => {
  const { members, links } = home();
  const d = draw(members, links);
  expect(d.spots.filter((s) => s.kind === "laptop")).toHaveLength(7);
  expect(d.spots.filter((s) => s.kind === "shared").map((s) => s.shares)).toEqual([["gateway"]]);
  expect(d.edges.filter((e) => e.from.startsWith("shared-"))).toHaveLength(5);
  expect(d.edges.filter((e) => e.certain && !e.from.startsWith("shared-")).map((e) => e.kinds)).toEqual([["kvm"]]);
  expect(d.edges.filter((e) => !e.certain)).toHaveLength(2);
});

test("a router and an access point of the same laptops are one spot, so that no name lies on another", () => {
  const { members, links } = home();
  const both = [...links, ...links.filter((l) => l.kind === "gateway").map((l) => ({ ...l, kind: "access_point" }))];
  expect(draw(members, both).spots.filter((s) => s.kind === "shared").map((s) => s.shares)).toEqual([["access_point", "gateway"]]);
});

test("possible links never make a spot of their own, nor do chains", () => {
  const { links } = home();
  const gateway = links.filter((l) => l.kind === "gateway");
  expect(cliques(gateway)).toHaveLength(1);
  expect(cliques(gateway.slice(1))).toHaveLength(0); // one link is missing: they do not all share one router
});

test("the drawing is the same every time, and nothing lies on top of another", () => {
  const { members, links } = home();
  const one = draw(members, links);
  expect(draw(members, links)).toEqual(one);
  const places = one.spots.map((s) => `${Math.round(s.x)} ${Math.round(s.y)}`);
  expect(new Set(places).size).toBe(places.length);
});

test("a crowd of possible links is cut at the strongest, and that is said", () => {
  const { members } = home();
  const many: SiteLink[] = [];
  for (let i = 0; i < 120; i++) many.push({ ...(home().links[0] as SiteLink), kind: `k${i}`, certain: false, strength: i / 120, from: members[0]?.device, to: members[1 + (i % 6)]?.device } as SiteLink);
  expect(draw(members, many).left).toBe(40);
});

test("links to laptops that are not members are not drawn", () => {
  const { members, links } = home();
  const d = draw(members.slice(0, 2), links);
  expect(d.edges.every((e) => ["dev-1", "dev-2"].includes(e.from) && ["dev-1", "dev-2"].includes(e.to))).toBe(true);
});

test("the table folds what all share into one line, and possible links never", () => {
  const { links } = home();
  const certain = rows(links.filter((l) => l.certain));
  expect(certain.map((r) => [r.kind, r.laptops.length])).toEqual([["gateway", 5], ["kvm", 2]]);
  expect(certain[0]?.days).toEqual([18, 18]);
  expect(rows(links.filter((l) => !l.certain))).toHaveLength(2);
});

test("what is said alike of one laptop and many others is one line, and days are said once", () => {
  const { links } = home();
  const possible = [3, 4, 5].map((i) => ({ ...(links[0] as SiteLink), certain: false, kind: "gateway", reason: "Both say so on 11 days.", days: 11, from: links[i]?.to, to: { ...links[0]?.from, id: "dev-9", name: "lap-nine" } })) as SiteLink[];
  const [star, ...rest] = rows(possible);
  expect(rest).toHaveLength(0);
  expect([star?.laptops[0]?.name, star?.laptops.length, star?.how]).toEqual(["lap-nine", 4, "the first with each of the others"]);
  const gateway = links.filter((l) => l.kind === "gateway").map((l, i) => ({ ...l, reason: `Both stayed there on ${6 + (i % 3)} days.`, days: 6 + (i % 3) })) as SiteLink[];
  expect(rows(gateway)[0]?.reason).toBe("Both stayed there on 6 to 8 days.");
});

import type { EChartsCoreOption } from "echarts/core";
import type { Drawing, Edge, Spot } from "./layout";
import { linkKind, strength } from "./words";

/** Colours are those of the scheme in force, read from the page. */
export interface Colours {
  ink: string;
  soft: string;
  surface: string;
  line: string;
  font: string;
  tone: (level: string) => string;
}

const crowded = 26; // laptops from which names would lie over one another
const narrow = 560; // pixels below which they would as well; the tables name them
const busy = 8; // certain lines from which words on them would

/** option turns a drawing into what ECharts draws. */
export function option(d: Drawing, c: Colours, width = 900): EChartsCoreOption {
  const laptops = d.spots.filter((s) => s.kind === "laptop");
  const names = laptops.length < crowded && width >= narrow;
  const told = names && d.edges.filter((e) => e.certain && !e.from.startsWith("shared-")).length < busy;
  const room = names ? roomFor(laptops) : 24;
  return {
    animation: false,
    tooltip: { confine: true, backgroundColor: c.surface, borderColor: c.line, textStyle: { color: c.ink, fontSize: 12 }, extraCssText: "max-width:320px;white-space:normal" },
    series: [
      {
        type: "graph",
        layout: "none",
        preserveAspect: "contain",
        left: room, right: room, top: 34, bottom: 34,
        emphasis: { focus: "adjacency", lineStyle: { width: 3 }, label: { show: true } },
        data: d.spots.map((s) => spot(s, c, names)),
        links: d.edges.map((e) => edge(e, c, told)),
      },
    ],
  };
}

/** roomFor is what the names that stand at the sides take, so that none is cut. */
function roomFor(spots: Spot[]): number {
  const longest = Math.max(0, ...spots.filter((s) => s.side === "left" || s.side === "right").map((s) => s.name.length));
  return Math.min(40 + longest * 7, 220);
}

function spot(s: Spot, c: Colours, names: boolean) {
  const shared = s.kind === "shared";
  const colour = shared ? c.soft : c.tone(s.level);
  return {
    id: s.id,
    name: s.id,
    x: s.x,
    y: s.y,
    symbol: shared ? "circle" : "roundRect",
    symbolSize: shared ? 15 : [24, 16],
    itemStyle: shared
      ? { color: c.soft, borderColor: c.surface, borderWidth: 2 }
      : { color: s.certain ? colour : c.surface, borderColor: colour, borderWidth: 2, borderType: s.certain ? "solid" : "dashed" },
    label: {
      show: names,
      position: s.side,
      distance: 6,
      formatter: escaped(shared ? s.shares.map(linkKind).join("\n") : s.name),
      color: shared ? c.soft : c.ink,
      ...text(c),
    },
    tooltip: { formatter: () => html(shared ? `They share ${s.shares.map(linkKind).join(", ")}` : `${s.name}${s.certain ? "" : " – it only may belong here"}`) },
  };
}

/** text stands on a ground of its own: lines pass behind it. */
function text(c: Colours) {
  return { fontSize: 12, lineHeight: 16, fontFamily: c.font, backgroundColor: c.surface, padding: [0, 3] };
}

function edge(e: Edge, c: Colours, told: boolean) {
  return {
    source: e.from,
    target: e.to,
    lineStyle: { color: c.soft, width: e.certain ? 1 + e.strength * 1.5 : 1, type: e.certain ? "solid" : "dashed", opacity: e.certain ? 0.9 : 0.75, curveness: 0 },
    label: {
      show: told && e.certain && !e.from.startsWith("shared-"),
      formatter: escaped(e.kinds.map(linkKind).join(", ")),
      color: c.soft,
      rotate: 0,
      verticalAlign: "middle",
      ...text(c),
    },
    tooltip: { formatter: () => html(`${e.certain ? "For certain" : "Possibly"}: ${e.kinds.map(linkKind).join(", ")} (${strength(e.strength)}). ${e.reasons.join(" ")}`) },
  };
}

/** html lets no laptop's name be anything but text in a tooltip. */
export function html(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** escaped takes from a label what ECharts reads as a placeholder. */
function escaped(text: string): string {
  return text.replace(/[{}]/g, "");
}

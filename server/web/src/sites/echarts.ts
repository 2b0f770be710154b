import { GraphChart } from "echarts/charts";
import { TooltipComponent } from "echarts/components";
import { init as start, use, type ECharts } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

// Only what one graph needs; it is fetched when a site is opened.
use([GraphChart, TooltipComponent, SVGRenderer]);

/** init begins a chart in a box, drawn as SVG: sharp at any size, and text stays text. */
export function init(box: HTMLElement): ECharts {
  return start(box, undefined, { renderer: "svg" });
}

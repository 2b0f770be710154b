import { useMantineColorScheme, useComputedColorScheme } from "@mantine/core";
import type { ECharts } from "echarts/core";
import { useEffect, useMemo, useRef } from "react";
import { useNavigate } from "react-router";
import type { GetSiteResponse } from "../gen/farmwatch/console/v1/sites_pb";
import { draw } from "./layout";
import { option, type Colours } from "./option";
import { summary } from "./words";
import css from "./sites.module.css";

/** Graph draws laptops and what joins them. The tables beside it hold the same, for the keyboard and for ears. */
export function Graph({ all, lit }: { all: GetSiteResponse; lit: string | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const navigate = useNavigate();
  const scheme = useScheme();
  const drawing = useMemo(() => draw(all.members, all.links), [all]);
  useEffect(() => {
    const at = box.current;
    if (!at || at.clientWidth === 0) return;
    let gone = false;
    let watch: ResizeObserver | undefined;
    void import("./echarts").then(({ init }) => {
      if (gone) return;
      chart.current ??= init(at);
      const show = () => chart.current?.setOption(option(drawing, colours(at), at.clientWidth), { notMerge: true });
      show();
      chart.current.off("click");
      chart.current.on("click", (p) => {
        const id = drawing.spots.find((s) => s.id === p.name)?.id;
        if (p.dataType === "node" && id && !id.startsWith("shared-")) void navigate(`/devices/${id}`);
      });
      watch = new ResizeObserver(() => {
        chart.current?.resize();
        show();
      });
      watch.observe(at);
    });
    return () => {
      gone = true;
      watch?.disconnect();
    };
  }, [drawing, scheme, navigate]);
  useEffect(() => () => chart.current?.dispose(), []);
  useEffect(() => {
    chart.current?.dispatchAction({ type: "downplay", seriesIndex: 0 });
    if (lit) chart.current?.dispatchAction({ type: "highlight", seriesIndex: 0, name: lit });
  }, [lit]);
  return (
    <figure className={css.figure}>
      <div ref={box} className={css.graph} role="img" aria-label={all.site ? summary(all.site, all.links) : "Laptops that share a place"} />
      <figcaption className={css.legend}>
        <span>
          <i className={css.certain} /> for certain
        </span>
        <span>
          <i className={css.possible} /> possibly, joins nothing
        </span>
        <span>
          <i className={css.laptop} data-level="high" /> <i className={css.laptop} data-level="medium" /> <i className={css.laptop} data-level="watch" /> <i className={css.laptop} data-level="none" /> a laptop, by its own
          level: high, medium, watch, none
        </span>
        {drawing.left > 0 && <span>{drawing.left} weaker possible links are in the table only</span>}
      </figcaption>
    </figure>
  );
}

/** useScheme changes when the colours do. */
function useScheme(): string {
  const { colorScheme } = useMantineColorScheme();
  return colorScheme + useComputedColorScheme("light");
}

function colours(at: HTMLElement): Colours {
  const style = getComputedStyle(at);
  const of = (name: string) => style.getPropertyValue(name).trim();
  const tones: Record<string, string> = { high: "--high", medium: "--medium", watch: "--watch", none: "--calm" };
  return { ink: of("--ink"), soft: of("--ink-soft"), surface: of("--surface"), line: of("--edge-strong"), font: style.fontFamily, tone: (level) => of(tones[level] ?? "--calm") };
}

import { Button } from "@mantine/core";
import { useState } from "react";
import type { TimelineEntry } from "../gen/farmwatch/console/v1/console_pb";
import { Icon, type Shape } from "../part/icon";
import { Panel } from "../part/panel";
import { When } from "../part/when";
import { plain, readable, timeline } from "../words";
import css from "./alert.module.css";

const shapes: Record<string, Shape> = {
  finding_opened: "appear",
  finding_closed: "gone",
  level_changed: "step",
  state_changed: "person",
  comment: "comment",
  presence_check: "person",
};

const first = 12; // lines shown before somebody asks for all

/** Timeline is what happened, the latest first. */
export function Timeline({ entries }: { entries: TimelineEntry[] }) {
  const [all, setAll] = useState(false);
  const latest = [...entries].sort((a, b) => Number((b.at?.seconds ?? 0n) - (a.at?.seconds ?? 0n)) || (b.at?.nanos ?? 0) - (a.at?.nanos ?? 0));
  return (
    <Panel title="Timeline" aside="latest first">
      <ol className={css.timeline}>
        {(all ? latest : latest.slice(0, first)).map((e, i) => (
          <li key={i} data-kind={e.kind}>
            <span className={css.mark}>
              <Icon shape={shapes[e.kind] ?? "calm"} size={13} />
            </span>
            <div>
              <p className={css.entry}>{e.kind === "comment" ? e.text : readable(e.text)}</p>
              <p className={css.meta}>
                <span>
                  {e.actor && e.kind !== "comment" ? "Review" : (timeline[e.kind] ?? plain(e.kind))}
                  {e.actor && <> by {e.actor}</>}
                </span>
                <When at={e.at} how="both" />
              </p>
            </div>
          </li>
        ))}
      </ol>
      {!all && latest.length > first && (
        <Button mt={10} onClick={() => setAll(true)}>
          Show all {latest.length}
        </Button>
      )}
    </Panel>
  );
}

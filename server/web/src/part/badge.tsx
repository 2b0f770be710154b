import { Tooltip } from "@mantine/core";
import type { Word } from "../words";
import { Icon, type Shape } from "./icon";
import css from "./badge.module.css";

/** Badge says a state by word and shape; colour only helps the eye. */
export function Badge({ word, shape, filled = true }: { word: Word; shape?: Shape; filled?: boolean }) {
  const badge = (
    <span className={css.badge} data-tone={word.tone} data-filled={filled || undefined}>
      <Icon shape={shape ?? (word.tone === "plain" ? "active" : word.tone)} size={13} />
      {word.text}
    </span>
  );
  return word.about ? <Tooltip label={word.about}>{badge}</Tooltip> : badge;
}

/** Active says whether an alert's evidence is there now. */
export function Active({ now }: { now: boolean }) {
  return now ? (
    <Badge filled={false} shape="active" word={{ text: "Active now", tone: "plain", about: "Its evidence is there at this moment" }} />
  ) : (
    <Badge filled={false} shape="gone" word={{ text: "Not now", tone: "calm", about: "Its evidence was there and is gone" }} />
  );
}

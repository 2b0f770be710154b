import { timestampDate, type Timestamp } from "@bufbuild/protobuf/wkt";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** dateOf is the one way from the wire's timestamp to a Date; unset and zero are undefined. */
export function dateOf(t: Timestamp | undefined): Date | undefined {
  if (!t || t.seconds <= 0n) return undefined;
  return timestampDate(t);
}

/** utc writes a moment as people copy it into tickets: 2026-11-25 21:39:45 UTC. */
export function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** local writes the same moment on the reader's own clock, with the zone named. */
export function local(at: Date): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" }).format(at);
}

/** span writes a length of time in its two largest units at most: 45 s, 12 min, 3 h 5 min, 2 d 4 h. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < minute) return `${s} s`;
  if (s < hour) return `${Math.floor(s / minute)} min`;
  if (s < day) return pair(Math.floor(s / hour), "h", Math.floor((s % hour) / minute), "min");
  const days = Math.floor(s / day);
  return days >= 14 ? `${days} d` : pair(days, "d", Math.floor((s % day) / hour), "h");
}

function pair(large: number, a: string, small: number, b: string): string {
  return small === 0 ? `${large} ${a}` : `${large} ${a} ${small} ${b}`;
}

/** ago says how long before now a moment was; a device's clock may put it in the future. */
export function ago(at: Date, now: Date): string {
  const seconds = (now.getTime() - at.getTime()) / 1000;
  if (seconds < -5) return `in ${span(-seconds)}`;
  return seconds < 5 ? "just now" : `${span(seconds)} ago`;
}

/** offset says what a device's clock does beside the collector's; below a second it may be the network's doing. */
export function offset(ms: number): string {
  if (Math.abs(ms) < 1000) return "right";
  return `${span(Math.abs(ms) / 1000)} ${ms > 0 ? "ahead" : "behind"}`;
}

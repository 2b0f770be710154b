import type { Notice } from "../gen/farmwatch/console/v1/notices_pb";
import { dateOf } from "../time";
import type { Word } from "../words";

/** decisions are what a person can say of a notice. */
export const decisions: Record<string, Word> = {
  "": { text: "Nobody has decided", tone: "medium", about: "Until somebody does, no laptop gets an alert for this alone" },
  expected: { text: "Expected", tone: "good", about: "The company did this; no laptop gets an alert for this alone" },
  unexpected: { text: "Not expected", tone: "high", about: "Nobody knows of it; each laptop has its alert" },
};

/** fewest is how many characters say how one knows; the server insists on the same. */
export const fewest = 20;

/** lacking says what a decision still lacks, or nothing. */
export function lacking(decision: string, comment: string): string {
  if (decision === "") return "Choose one of the two.";
  if ([...comment.trim()].length < fewest) return `Write at least ${fewest} characters: how do you know?`;
  return "";
}

/** between says on which days something began on the first laptop and on the last; they are days of UTC. */
export function between(n: Pick<Notice, "from" | "to">): string {
  const [from, to] = [n.from, n.to].map((t) => dateOf(t)?.toISOString().slice(0, 10));
  if (!from || !to) return "at a time that was not told";
  return from === to ? `on ${from}` : `between ${from} and ${to}`;
}

/** unlisted says how many laptops of a notice a list leaves out, or nothing. */
export function unlisted(devices: number, listed: number): string {
  return devices > listed ? `The first ${listed.toLocaleString("en")} of ${devices.toLocaleString("en")} are listed.` : "";
}

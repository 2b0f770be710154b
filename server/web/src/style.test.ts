// @vitest-environment node
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync("src/style.css", "utf8");

/** colours reads one scheme's named colours. */
function colours(scheme: string): Record<string, string> {
  const block = css.split(`[data-mantine-color-scheme="${scheme}"]`)[1]?.split("}")[0] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
}

/** light is WCAG's relative luminance. */
function light(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [x, y] = [light(a), light(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const tones = ["high", "medium", "watch", "good", "calm", "blind"];
const grounds = ["ground", "surface", "hover", "chosen"];
const pairs = [
  ...tones.flatMap((t) => [...grounds, `${t}-ground`].map((g) => [t, g])),
  ...["ink", "ink-soft", "accent"].flatMap((i) => grounds.map((g) => [i, g])),
  ["blind", "blind-stripe"], ["ink-soft", "blind-ground"], ["ink", "medium-ground"], ["ink", "watch-ground"],
] as [string, string][];

describe.each(["light", "dark"])("in the %s scheme", (scheme) => {
  const named = colours(scheme);
  test.each(pairs)("%s on %s can be read", (ink, ground) => {
    expect(contrast(named[ink] ?? "", named[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});

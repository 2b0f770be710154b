import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { ago, dateOf, offset, span, utc } from "./time";

const now = new Date("2026-11-25T21:39:45Z");

test.each([
  [0, "0 s"], [59.9, "59 s"], [60, "1 min"], [3599, "59 min"], [3600, "1 h"], [3 * 3600 + 300, "3 h 5 min"], [86_400, "1 d"],
  [2 * 86_400 + 4 * 3600, "2 d 4 h"], [20 * 86_400 + 3600, "20 d"], [-3, "0 s"],
])("a span of %d s reads %s", (seconds, text) => expect(span(seconds)).toBe(text));

test.each([
  ["2026-11-25T21:39:43Z", "just now"], ["2026-11-25T21:39:00Z", "45 s ago"], ["2026-11-25T21:41:45Z", "in 2 min"], ["2026-11-25T21:39:47Z", "just now"],
])("%s is %s", (at, text) => expect(ago(new Date(at), now)).toBe(text));

test.each([[12, "right"], [-250, "right"], [195_000, "3 min ahead"], [-7_500_000, "2 h 5 min behind"]])(
  "a clock off by %d ms is %s",
  (ms, text) => expect(offset(ms)).toBe(text),
);

test("moments are written in UTC, to the second", () => expect(utc(now)).toBe("2026-11-25 21:39:45 UTC"));

test("unset and zero timestamps are no moment", () => {
  expect(dateOf(undefined)).toBeUndefined();
  expect(dateOf(timestampFromDate(new Date(0)))).toBeUndefined();
  expect(dateOf(timestampFromDate(now))).toEqual(now);
});

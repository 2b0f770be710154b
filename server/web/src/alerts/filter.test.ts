import { expect, test } from "vitest";
import { ask, at, isUsual, read, usual, write, type Filter } from "./filter";

const cases: [string, Partial<Filter>][] = [
  ["", {}],
  ["state=closed", { state: "closed" }],
  ["state=any&level=high&conclusion=in_farm&device=dev-1&text=x11+vnc", { state: "any", level: "high", conclusion: "in_farm", device: "dev-1", text: "x11 vnc" }],
];

test.each(cases)("address %j and filter are the same", (query, part) => {
  const filter = { ...usual, ...part };
  expect(read(new URLSearchParams(query))).toEqual(filter);
  expect(write(filter).toString()).toBe(query);
});

test("the usual filter asks for what is open, and leaves the address bare", () => {
  expect(ask(usual)).toMatchObject({ states: ["new", "in_progress"], levels: [], conclusions: [], query: "" });
  expect(isUsual(usual)).toBe(true);
  expect(at("/alerts/1", usual)).toBe("/alerts/1");
  expect(at("/alerts/1", { ...usual, level: "high" })).toBe("/alerts/1?level=high");
});

test("any means no condition", () => expect(ask({ ...usual, state: "any" })).toMatchObject({ states: [] }));

test("foreign parameters do no harm", () => expect(read(new URLSearchParams("utm=1&state=new"))).toEqual({ ...usual, state: "new" }));

import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AlertSchema } from "../gen/farmwatch/console/v1/console_pb";
import { arrivals, renewed } from "./order";

const alert = (id: string, score = 0) => create(AlertSchema, { id, score });

test("rows keep their place and take what is new of them", () => {
  const shown = [alert("a", 90), alert("b", 50), alert("c", 10)];
  const fresh = [alert("d", 99), alert("c", 95), alert("a", 90)];
  expect(renewed(shown, fresh).map((a) => [a.id, a.score])).toEqual([["a", 90], ["b", 50], ["c", 95]]);
});

test("only what was not there counts as arrived", () => {
  expect(arrivals([alert("a")], [alert("b"), alert("a"), alert("c")]).map((a) => a.id)).toEqual(["b", "c"]);
  expect(arrivals([alert("a")], [])).toEqual([]);
});

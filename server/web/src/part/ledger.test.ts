import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ScaleSchema } from "../gen/farmwatch/console/v1/console_pb";
import { signed, thresholds } from "./ledger";

test("points carry their sign", () => {
  expect(signed(60)).toBe("+60");
  expect(signed(-10)).toBe("−10");
  expect(signed(0)).toBe("0");
});

test("levels stand in order, and one without a score is left out", () => {
  expect(thresholds(create(ScaleSchema, { watch: 20, medium: 50, high: 80 })).map((t) => t.least)).toEqual([20, 50, 80]);
  expect(thresholds(create(ScaleSchema, { medium: 50, high: 80 })).map((t) => t.level)).toEqual(["medium", "high"]);
  expect(thresholds(undefined)).toEqual([]);
});

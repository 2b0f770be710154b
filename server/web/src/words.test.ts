import { expect, test } from "vitest";
import { counted, deviceLevel, fewestCharacters, levels, plain, readable, reasonGroups, reasonText, word } from "./words";

test.each([
  ["high", "benign_sanctioned", 20], ["medium", "benign_sanctioned", 0], ["medium", "insufficient_evidence", 20],
  ["medium", "false_positive_logic", 20], ["medium", "false_positive_data", 20], ["medium", "duplicate", 0], ["medium", "", 0],
])("closing a %s alert as %s takes %d characters", (level, reason, fewest) => expect(fewestCharacters(level, reason)).toBe(fewest));

test("all nine reasons are offered once, each with what it means", () => {
  const reasons = reasonGroups.flatMap((g) => g.reasons);
  expect(new Set(reasons.map((r) => r.id)).size).toBe(9);
  expect(reasons).toHaveLength(9);
  expect(reasons.filter((r) => !r.about)).toEqual([]);
});

test("a constant this console does not know is shown as it came, in plain words", () => {
  expect(word(levels, "very_high").text).toBe("Very high");
  expect(word(levels, "").text).toBe("Unknown");
  expect(reasonText("brand_new_reason")).toBe("Brand new reason");
  expect(plain("process_open_sockets")).toBe("Process open sockets");
});

test("a device that never reported is not called clean", () => {
  expect(deviceLevel({ level: "none", presence: "never_reported" })).toMatchObject({ text: "Unknown", tone: "blind" });
  expect(deviceLevel({ level: "", presence: "online" }).text).toBe("None");
  expect(deviceLevel({ level: "high", presence: "silent" }).text).toBe("High");
});

test("the timeline's reasons are put in words", () => {
  expect(readable("Closed as insufficient_evidence.")).toBe("Closed as not enough evidence.");
  expect(readable("Level rose to high by tool_x_y")).toBe("Level rose to high by tool_x_y");
});

test("one is not several", () => {
  expect(counted(1, "device")).toBe("1 device");
  expect(counted(1842, "device")).toBe("1,842 devices");
});

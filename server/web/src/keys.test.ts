import { expect, test } from "vitest";
import { isTyping, press, type Binding } from "./keys";

const bind = (keys: string): Binding => ({ keys, words: keys, run: () => {} });

test("a sequence goes before a single key", () => {
  const bindings = [bind("a"), bind("g a"), bind("?")];
  expect(press(bindings, "", "a")?.keys).toBe("a");
  expect(press(bindings, "g", "a")?.keys).toBe("g a");
  expect(press(bindings, "g", "x")).toBeUndefined();
  expect(press(bindings, "j", "?")?.keys).toBe("?");
});

test.each([
  ["<input>", "a", true], ["<textarea></textarea>", "?", true], ["<select></select>", "j", true], ["<button></button>", "a", false],
  ["<button></button>", "Enter", true], ["<a href='#'></a>", "Enter", true], ["<div role='dialog'><p></p></div>", "c", true], ["<p></p>", "j", false],
])("in %s the key %s belongs there: %s", (html, key, typing) => {
  document.body.innerHTML = html;
  const target = document.body.querySelector("[role] p") ?? document.body.firstElementChild;
  const pressed = new KeyboardEvent("keydown", { key, bubbles: true });
  target?.dispatchEvent(pressed);
  expect(isTyping(pressed)).toBe(typing);
});

test("keys held with control, alt or meta are the browser's", () => {
  expect(isTyping(new KeyboardEvent("keydown", { key: "c", ctrlKey: true }))).toBe(true);
});

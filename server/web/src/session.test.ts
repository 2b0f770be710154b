import { expect, test } from "vitest";
import { safeNext } from "./session";
import { codeFrom } from "./signin/page";

test.each([
  ["/devices/1?x=2", "/devices/1?x=2"], [null, "/alerts"], ["", "/alerts"], ["//evil.example/", "/alerts"], ["/\\evil.example", "/alerts"],
  ["https://evil.example", "/alerts"], ["/sign-in?next=/sign-in", "/alerts"],
])("after signing in, %j leads to %s", (next, to) => expect(safeNext(next)).toBe(to));

test.each([["#code=abc_-1", "abc_-1"], ["#other=1", ""], ["", ""], ["#code=", ""]])("the code behind %j is %j", (hash, code) => expect(codeFrom(hash)).toBe(code));

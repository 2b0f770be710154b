import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// Growing text fields measure themselves anew when a font arrives; happy-dom has no fonts.
if (typeof document !== "undefined" && !("fonts" in document && document.fonts)) {
  Object.defineProperty(document, "fonts", { value: new EventTarget() });
}

configure({ asyncUtilTimeout: 8000 }); // a busy machine is slow, not wrong

afterEach(() => {
  cleanup();
  globalThis.localStorage?.clear();
});

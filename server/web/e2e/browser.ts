import { existsSync, mkdirSync } from "node:fs";
import axe from "axe-core";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

/** need is a setting the run cannot do without; it says so instead of passing over tests. */
export function need(name: string, about: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}: ${about}`);
  return value;
}

/** launch starts the system's Chromium, told to talk to nobody but the page's own server. */
export function launch(): Promise<Browser> {
  const found = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) => p && existsSync(p));
  if (!found) throw new Error("there is no Chromium; install the package chromium, or set CHROMIUM to its path");
  return chromium.launch({
    executablePath: found,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
}

/** complaints collects what a page says on its console, so that a test can insist on none. */
export function complaints(page: Page): string[] {
  const heard: string[] = [];
  page.on("pageerror", (error) => heard.push(error.message));
  page.on("console", (m) => {
    const network = m.text().startsWith("Failed to load resource"); // Chromium's own words for a 401 or a cut stream
    if ((m.type() === "error" || m.type() === "warning") && !network) heard.push(m.text());
  });
  return heard;
}

export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync("e2e/screenshots", { recursive: true });
  await page.screenshot({ path: `e2e/screenshots/${name}.png`, fullPage: true });
}

/** call asks the console's API with the browser's own session, as a colleague at another desk would. */
export async function call<T>(context: BrowserContext, base: string, method: string, ask: object): Promise<T> {
  const answer = await context.request.post(`${base}/farmwatch.console.v1.${method}`, {
    data: ask,
    headers: { "Content-Type": "application/json", "Connect-Protocol-Version": "1", Origin: base },
  });
  if (!answer.ok()) throw new Error(`${method} answered ${answer.status()}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** faults is what axe finds against WCAG 2.2 AA, one line each. */
export async function faults(on: Page): Promise<string[]> {
  await on.evaluate(axe.source);
  return on.evaluate(async () => {
    const inPage = (window as unknown as { axe: typeof import("axe-core") }).axe;
    const found = await inPage.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(" ")} ${n.failureSummary ?? ""}`));
  });
}

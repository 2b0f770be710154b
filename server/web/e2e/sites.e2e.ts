import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, complaints, faults, launch, need, shoot } from "./browser";

// A collector over a seeded store (e2e/seed): five laptops behind one router, two of
// which met one KVM, and two that live elsewhere. What it makes of that, it makes itself.
const base = need("FARMWATCH_SITES_URL", "the console of a collector over a seeded store; e2e/run.sh starts one").replace(/\/$/, "");
const link = need("FARMWATCH_SITES_SIGN_IN", "a one-time sign-in link of that collector");
const code = link.includes("code=") ? new URLSearchParams(link.split("#")[1]).get("code") : link;

interface Sites {
  sites?: { id: string; name: string; devices: number; level: string; alert?: string }[];
}

let browser: Browser;
let context: BrowserContext;
let page: Page;
let heard: string[];

beforeAll(async () => {
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  heard = complaints(page);
  await page.goto(`${base}/sign-in#code=${code}`);
  await page.waitForURL("**/alerts");
});
afterAll(async () => browser?.close());

async function first(): Promise<NonNullable<Sites["sites"]>[0]> {
  const site = (await call<Sites>(context, base, "SiteService/ListSites", {})).sites?.[0];
  if (!site) throw new Error("the collector found no site in the seeded store");
  return site;
}

describe("laptops that share a place", () => {
  test("are listed, and one site is opened by keyboard", async () => {
    await expect.poll(async () => (await call<Sites>(context, base, "SiteService/ListSites", {})).sites?.length ?? 0, { timeout: 25_000, message: "the collector finds the site" }).toBeGreaterThan(0);
    const site = await first();
    expect(site.devices).toBe(5);
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await page.waitForURL("**/sites");
    await page.getByRole("link", { name: site.name }).waitFor();
    await shoot(page, "sites-light");
    await page.keyboard.press("j");
    await page.keyboard.press("o");
    await page.waitForURL(`**/sites/${site.id}`);
    await page.getByRole("heading", { level: 1, name: site.name }).waitFor();
  });

  test("are drawn, and told in words beside the drawing", async () => {
    const drawing = page.getByRole("img", { name: /5 laptops/ });
    await drawing.locator("svg text").first().waitFor();
    const names = await drawing.locator("svg text").allTextContents();
    expect(names.filter((n) => n.startsWith("lap-")).length).toBe(5);
    const certain = page.getByRole("region", { name: "Part of it for certain" });
    expect(await certain.getByRole("row").count()).toBe(6);
    await certain.getByRole("link", { name: "lap-riga-031" }).waitFor();
    expect(await page.getByRole("region", { name: "Links for certain" }).getByRole("row").count()).toBeGreaterThan(1);
    await shoot(page, "site-light");
  });

  test("have a ledger that adds up, what is missing, and a next step that accuses nobody", async () => {
    const panel = page.getByRole("region", { name: "Laptop farm" });
    const numbers = (await panel.locator("table td:last-child").allInnerTexts()).map((p) => Number(p.replace("−", "-").replace("+", "")));
    const score = numbers.pop();
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.reduce((a, b) => a + b, 0)).toBe(score);
    await panel.getByText("Could not be looked at, or was not imported").waitFor();
    expect(await page.locator("main").innerText()).not.toMatch(/\b(fraud|guilty|criminal|suspect|culprit)/i);
  });

  test("lead from a laptop to its site and from its alert as well", async () => {
    const site = await first();
    await page.getByRole("region", { name: "Part of it for certain" }).getByRole("link", { name: "lap-berlin-014" }).click();
    await page.getByRole("heading", { level: 1, name: "lap-berlin-014" }).waitFor();
    await shoot(page, "device-of-site-light");
    await page.getByRole("link", { name: site.name }).click();
    await page.waitForURL(`**/sites/${site.id}`);
    if (site.alert) {
      await page.getByRole("link", { name: "open alert" }).click();
      await page.getByRole("region", { name: "Score" }).waitFor();
      await shoot(page, "alert-of-site-light");
    }
  });

  test("have no fault that axe finds in either scheme, wide or narrow", async () => {
    const site = await first();
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [name, path] of [["sites", "/sites"], ["site", `/sites/${site.id}`]] as const) {
        await page.goto(base + path);
        await page.getByText("Live", { exact: true }).waitFor();
        await page.locator("[data-row], figure svg text").first().waitFor();
        if (colorScheme === "dark") await shoot(page, `${name}-dark`);
        expect(await faults(page), `${name} in ${colorScheme}`).toEqual([]);
      }
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${base}/sites/${site.id}`);
    await page.getByRole("heading", { level: 1, name: site.name }).waitFor();
    await page.locator("figure svg path").first().waitFor();
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(wider, "pixels that stand out at the side").toBeLessThanOrEqual(0);
    await shoot(page, "site-narrow");
  });

  test("broke no rule of its content security policy and complained of nothing", () => {
    expect(heard).toEqual([]);
  });
});

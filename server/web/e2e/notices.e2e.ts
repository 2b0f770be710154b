import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, complaints, faults, launch, need, shoot } from "./browser";

// The same collector over the seeded store: on two dozen of its laptops Syncro appeared. The
// notice is the collector's own; the sites' tests do not move what is decided here.
const base = need("FARMWATCH_SITES_URL", "the console of a collector over a seeded store; e2e/run.sh starts one").replace(/\/$/, "");
const link = need("FARMWATCH_NOTICES_SIGN_IN", "a one-time sign-in link of that collector");
const code = link.includes("code=") ? new URLSearchParams(link.split("#")[1]).get("code") : link;

interface Notices {
  notices?: { id: string; title: string; devices: number }[];
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

const title = "New on 24 laptops: Syncro";
const waiting = () => call<Notices>(context, base, "NoticeService/ListNotices", { undecided: true });

describe("what appeared on many laptops at once", () => {
  test("stands above the alerts, in the place of twenty-four of them", async () => {
    await expect.poll(async () => (await waiting()).notices?.length ?? 0, { timeout: 25_000, message: "the collector finds what appeared" }).toBe(1);
    await page.reload();
    const standing = page.getByRole("region", { name: "Notices that wait for a decision" });
    await standing.getByRole("link", { name: title, exact: true }).waitFor();
    await page.locator("[data-row]").first().waitFor();
    expect(await page.getByRole("link", { name: /^lap-kiel-/ }).count()).toBe(0);
    await shoot(page, "notices-alerts-light");
    await standing.getByRole("link", { name: title, exact: true }).click();
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    expect(await page.getByRole("link", { name: /^lap-kiel-/ }).count()).toBe(24);
  });

  test("has no fault that axe finds in either scheme, wide or narrow", async () => {
    const notice = page.url();
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [name, path] of [["alerts", `${base}/alerts`], ["list", `${base}/notices`], ["notice", notice]] as const) {
        await page.goto(path);
        await page.getByText("Live", { exact: true }).waitFor();
        await page.getByText(title).first().waitFor();
        await shoot(page, `notices-${name}-${colorScheme}`);
        expect(await faults(page), `${name} in ${colorScheme}`).toEqual([]);
      }
    }
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [name, path] of [["alerts", `${base}/alerts`], ["list", `${base}/notices`], ["notice", notice]] as const) {
      await page.goto(path);
      await page.getByText(title).first().waitFor();
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wider, `pixels of ${name} that stand out at the side`).toBeLessThanOrEqual(0);
      await shoot(page, `notices-${name}-narrow`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test("is decided once for all of them, by keyboard as well, with how one knows", async () => {
    const form = page.getByRole("region", { name: "Decide once for all of them" });
    await form.getByRole("button", { name: "Decide" }).click();
    await form.getByText("Choose one of the two.").waitFor();
    await form.getByRole("radio", { name: /^Expected/ }).focus();
    await page.keyboard.press("Space");
    await form.getByLabel("How do you know?").fill("The provider moves to this product, says change 4711.");
    await page.keyboard.press("Control+Enter");
    const decided = page.getByRole("region", { name: "Decision" });
    await decided.getByText("The provider moves to this product").waitFor();
    await shoot(page, "notices-decided-light");
    expect((await waiting()).notices ?? []).toEqual([]);
    await page.goto(`${base}/alerts`);
    await page.locator("[data-row]").first().waitFor();
    expect(await page.getByRole("region", { name: "Notices that wait for a decision" }).count()).toBe(0);
  });

  test("broke no rule of its content security policy and complained of nothing", () => {
    expect(heard).toEqual([]);
  });
});

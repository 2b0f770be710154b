// The console in a real browser against a running farmwatch-server that has at
// least one open alert:
//   FARMWATCH_URL=http://127.0.0.1:7480 FARMWATCH_SIGN_IN=<a fresh sign-in link> npm run e2e
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { call, complaints, faults, launch, need, shoot } from "./browser";

interface Listed {
  alerts?: { id: string; title: string; state: string; level: string; subject: { id: string; name: string } }[];
}

const base = need("FARMWATCH_URL", "the address of a running farmwatch-server").replace(/\/$/, "");
const link = need("FARMWATCH_SIGN_IN", "a fresh sign-in link of an admin or analyst, or its code");
const code = link.includes("code=") ? new URLSearchParams(link.split("#")[1]).get("code") : link;

let browser: Browser;
let context: BrowserContext;
let page: Page;
let heard: string[];

const open = () => call<Listed>(context, base, "AlertService/ListAlerts", { states: ["new", "in_progress"] });

beforeAll(async () => {
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  heard = complaints(page);
});
afterAll(async () => browser?.close());

async function alertPage(): Promise<NonNullable<Listed["alerts"]>[0]> {
  const alert = (await open()).alerts?.[0];
  if (!alert) throw new Error("the server has no open alert; the test needs one");
  await page.goto(`${base}/alerts/${alert.id}`);
  await page.getByRole("heading", { level: 1, name: alert.title }).waitFor();
  return alert;
}

describe("the console", () => {
  test("explains sign-in, and signs in by a link whose code does not stay in the address", async () => {
    await page.goto(`${base}/`);
    await page.getByText("You need a sign-in link").waitFor();
    await page.goto(`${base}/sign-in#code=${code}`);
    await page.waitForURL("**/alerts");
    expect(page.url()).not.toContain(String(code));
    await page.getByText("Live", { exact: true }).waitFor();
  });

  test("shows the open alerts and opens the first by keyboard", async () => {
    // An agent that has just connected needs a moment to notice, tell and be judged.
    await expect.poll(async () => (await open()).alerts?.length ?? 0, { timeout: 20_000, message: "the server needs an open alert" }).toBeGreaterThan(0);
    const first = (await open()).alerts?.[0];
    await page.getByRole("link", { name: first?.title }).first().waitFor();
    await shoot(page, "alerts-light");
    await page.keyboard.press("j");
    await page.keyboard.press("o");
    await page.waitForURL(`**/alerts/${first?.id}*`);
    for (const line of ["Why this fired", "What else explains it", "What would change the verdict"]) {
      await page.getByRole("heading", { name: line }).waitFor();
    }
    await page.getByRole("region", { name: "Score" }).waitFor();
    await shoot(page, "alert-light");
  });

  test("shows the ledger adding up to the score", async () => {
    await alertPage();
    const points = await page.locator("section[aria-label=Score] td:last-child").allInnerTexts();
    const numbers = points.map((p) => Number(p.replace("−", "-").replace("+", "")));
    const score = numbers.pop();
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.reduce((a, b) => a + b, 0)).toBe(score);
  });

  test("shows evidence raw as JSON", async () => {
    await page.getByText("Raw", { exact: true }).first().click();
    const raw = await page.locator("pre").first().innerText();
    expect(Object.keys((JSON.parse(raw) as { columns: object }).columns).length).toBeGreaterThan(0);
  });

  test("acknowledges by one key, and a second tab sees it live", async () => {
    const alert = (await open()).alerts?.find((a) => a.state === "new");
    if (!alert) throw new Error("the server has no new alert; the test needs one");
    const other = await context.newPage();
    await other.goto(`${base}/alerts`);
    const row = other.getByRole("row", { name: alert.title }).filter({ hasText: alert.subject.name }).first();
    await row.getByText("New", { exact: true }).waitFor();
    await other.getByText("Live", { exact: true }).waitFor();
    await page.goto(`${base}/alerts/${alert.id}`);
    await page.getByRole("button", { name: "Acknowledge" }).waitFor();
    await page.keyboard.press("a");
    await page.getByText("In progress", { exact: true }).waitFor();
    await row.getByText("In progress", { exact: true }).waitFor({ timeout: 5000 });
    await other.close();
  });

  test("keys typed into a field do nothing else", async () => {
    await page.keyboard.press("m");
    await page.keyboard.type("ac?gd");
    expect(await page.getByRole("textbox", { name: "Comment" }).inputValue()).toBe("ac?gd");
    await page.getByRole("button", { name: "Add comment" }).click();
    await page.getByRole("listitem").filter({ hasText: "ac?gd" }).waitFor();
  });

  test("tells kindly that somebody was quicker", async () => {
    const alert = await alertPage();
    const detail = await call<{ detail: { alert: { etag: string } } }>(context, base, "AlertService/GetAlert", { id: alert.id });
    await page.keyboard.press("c");
    await page.getByRole("radio", { name: /Own equipment/ }).check();
    await page.getByRole("dialog").getByRole("textbox").fill("The person showed the KVM switch on a call.");
    // The page learns of the change by itself, so the stale version is sent on purpose.
    await page.route("**/farmwatch.console.v1.AlertService/CloseAlert", async (route) => {
      const ask = route.request().postDataJSON() as { etag: string };
      await call(context, base, "AlertService/CommentAlert", { id: alert.id, comment: "Looking at it as well." });
      await route.continue({ postData: JSON.stringify({ ...ask, etag: detail.detail.alert.etag }) });
    });
    await page.getByRole("button", { name: "Close alert" }).click();
    await page.getByText("Somebody was quicker.").waitFor();
    await page.unroute("**/farmwatch.console.v1.AlertService/CloseAlert");
    await page.keyboard.press("Escape");
  });

  test("closes with a reason and insists on words where they are needed", async () => {
    const alert = await alertPage();
    await page.keyboard.press("c");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio", { name: /Rule mistaken/ }).check();
    await dialog.getByRole("button", { name: "Close alert" }).click();
    await dialog.getByText("Write at least 20 characters").waitFor();
    await shoot(page, "close-light");
    await dialog.getByRole("textbox").fill("The person reads their own screen from the next room.");
    await dialog.getByRole("button", { name: "Close alert" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: /Reopen/ }).waitFor();
    expect((await open()).alerts?.some((a) => a.id === alert.id) ?? false).toBe(false);
  });

  test("keeps the filter in the address over a reload, and along prev and next", async () => {
    await page.goto(`${base}/alerts`);
    await page.getByText("Closed", { exact: true }).click();
    await page.waitForURL("**/alerts?state=closed");
    await page.reload();
    expect(await page.getByRole("radio", { name: "Closed" }).isChecked()).toBe(true);
    await page.getByText("Rule mistaken").first().waitFor();
    await page.locator("[data-row]").first().click();
    await page.waitForURL(/\/alerts\/[^?]+\?state=closed/);
    await page.getByRole("button", { name: /Reopen/ }).click();
    await page.getByText("In progress", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.waitForURL("**/alerts?state=closed");
  });

  test("says that the stream is lost, and comes back", async () => {
    await page.goto(`${base}/alerts`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.route("**/farmwatch.console.v1.AlertService/WatchAlerts", (route) => route.abort());
    await page.reload();
    await page.getByText("Reconnecting", { exact: true }).waitFor();
    await page.unroute("**/farmwatch.console.v1.AlertService/WatchAlerts");
    await page.getByText("Live", { exact: true }).waitFor();
  });

  test("shows devices, their coverage and what is connected", async () => {
    await page.goto(`${base}/alerts`);
    await page.getByRole("row").nth(1).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await page.waitForURL("**/devices");
    await page.locator("[data-row]").first().waitFor();
    await shoot(page, "devices-light");
    await page.locator("[data-row]").first().click();
    await page.getByRole("region", { name: "Coverage" }).waitFor();
    await shoot(page, "device-light");
  });

  test("asks whether somebody sits at the laptop, and takes it back", async () => {
    const panel = page.getByRole("region", { name: "Presence check" });
    await panel.getByRole("button", { name: /Ask whether somebody sits there/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Why").fill("The person was not reached by phone.");
    await shoot(page, "presence-light");
    expect(await faults(page), "the question's dialog").toEqual([]);
    await dialog.getByRole("button", { name: "Ask", exact: true }).click();
    // Where nobody is logged in it waits, elsewhere it stands on the screen.
    await panel.getByText(/^(Waiting|Asked)$/).waitFor();
    await panel.getByRole("button", { name: "Withdraw" }).click();
    await panel.getByText("Withdrawn", { exact: true }).waitFor();
  });

  test("permits a product on the laptop for some hours, shows it and takes it back", async () => {
    const panel = page.getByRole("region", { name: "Sanctioned here" });
    await panel.getByRole("button", { name: /Permit for some hours/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Product").fill("anydesk");
    await dialog.getByLabel("Ticket").fill("INC-4711");
    await shoot(page, "permit-light");
    expect(await faults(page), "the permission's dialog").toEqual([]);
    await dialog.getByRole("button", { name: "Permit", exact: true }).click();
    await panel.getByRole("link", { name: "anydesk" }).click();
    await page.waitForURL("**/sanctions/*");
    await page.getByText("INC-4711").first().waitFor();
    await shoot(page, "sanction-light");
    page.once("dialog", (d) => void d.accept());
    await page.getByRole("button", { name: /Revoke/ }).click();
    await page.getByText("Revoked", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.waitForURL("**/sanctions");
    await shoot(page, "sanctions-light");
  });

  test("has the dark colours of the system, and no fault that axe finds in either scheme", async () => {
    const [alert] = (await open()).alerts ?? [];
    await call(context, base, "EgressService/ImportEgress", { kind: "corporate", label: "Offices", ranges: ["192.0.2.7", "198.51.100.0/24", "2001:db8::/48"] });
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [name, path] of [["alerts", "/alerts"], ["alert", `/alerts/${alert?.id}`], ["devices", "/devices"], ["sanctions", "/sanctions"], ["ways-out", "/egress"]] as const) {
        await page.goto(base + path);
        await page.getByText("Live", { exact: true }).waitFor();
        await page.locator("[data-row], article, [aria-label=Imported] td").first().waitFor();
        if (colorScheme === "dark") await shoot(page, `${name}-dark`);
        expect(await faults(page), `${name} in ${colorScheme}`).toEqual([]);
      }
    }
  });

  test("broke no rule of its content security policy and complained of nothing", () => {
    expect(heard).toEqual([]);
  });
});

import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { home } from "../../test/fixture/sites";
import { World } from "../../test/fixture/world";
import { openConsole } from "../../test/render";
import { sureness } from "../part/assessment";
import { html, option } from "./option";
import { draw } from "./layout";
import { laptops, people, place, strength, summary, together } from "./words";

test("sites are listed with what is certain and what is only possible apart", async () => {
  const { user, where } = openConsole(World.shared("analyst"), "/sites");
  const row = (await screen.findByRole("link", { name: "Home of lap-berlin-014" })).closest("tr") as HTMLElement;
  expect(within(row).getByText("5 (+2 possible)")).toBeTruthy();
  expect(within(row).getByText("High")).toBeTruthy();
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Laptops that share a place");
  await user.keyboard("jo");
  await screen.findByRole("heading", { level: 1, name: "Home of lap-berlin-014" });
  expect(where()).toBe("/sites/site-1");
});

test("a site shows its members, its links, its ledger, what is missing and the next step", async () => {
  openConsole(World.shared("analyst"), "/sites/site-1");
  const certain = await screen.findByRole("region", { name: "Part of it for certain" });
  expect(within(certain).getAllByRole("row")).toHaveLength(6);
  expect(within(certain).getByText("A USB device names itself PiKVM")).toBeTruthy();
  expect(within(screen.getByRole("region", { name: "May be part of it" })).getAllByRole("row")).toHaveLength(3);
  expect(within(screen.getByRole("region", { name: "Possible links" })).getAllByRole("row")).toHaveLength(3);
  const ledger = screen.getByRole("region", { name: "Laptop farm" });
  expect(within(ledger).getByText(/Confidence is medium, since something could not be looked at/)).toBeTruthy();
  expect(within(ledger).getByText(/Nothing was imported about travel/)).toBeTruthy();
  expect(within(ledger).getByText(/Ask the managers/)).toBeTruthy();
  expect(screen.getByRole("img", { name: /5 laptops of 5 people, joined for certain by the same router and the same remote-control hardware. 2 more laptops may belong to them/ })).toBeTruthy();
});

test("an alert of a site leads to the site, and names the laptop that speaks strongest", async () => {
  openConsole(World.shared("analyst"), "/alerts");
  const row = (await screen.findByText(/Laptops of five people stay/)).closest("tr") as HTMLElement;
  expect(within(row).getByRole("link", { name: "Home of lap-berlin-014" }).getAttribute("href")).toBe("/sites/site-1");
  expect(within(row).getByText("a site: laptops that share a place")).toBeTruthy();
});

test("an alert says how sure its conclusion is, what was missing and since when there is evidence", async () => {
  openConsole(World.shared("analyst"), "/alerts/a-site");
  const ledger = await screen.findByRole("region", { name: "Score" });
  expect(await within(ledger).findByText(/Confidence is medium, since something could not be looked at/)).toBeTruthy();
  expect(within(ledger).getByText(/Nothing was imported about travel or leave/)).toBeTruthy();
  expect(screen.getByText(/its evidence begins/)).toBeTruthy();
});

test("what one account joins is not called a place, and a place that is unknown can be told", async () => {
  expect([together({ linkKinds: ["tenant"] }), together({ linkKinds: ["gateway", "tenant"] })]).toEqual(["are joined by the same account of a remote-access tool, and nothing says that they stand at one place", "share a place"]);
  openConsole(World.shared("analyst"), "/sites/site-1");
  expect(within(await screen.findByRole("region", { name: "Do you know this place?" })).getByText(/context import --kind docks/)).toBeTruthy();
});

test("a laptop shows with which site it shares a place, and what was imported about it", async () => {
  openConsole(World.shared("analyst"), "/devices/dev-1");
  expect((await screen.findByRole("link", { name: "Home of lap-berlin-014" })).getAttribute("href")).toBe("/sites/site-1");
  const context = await screen.findByRole("region", { name: "Context" });
  expect(await within(context).findByText("DE, Berlin")).toBeTruthy();
});

test("words neither accuse nor guess", () => {
  expect(place({ placeKind: "home", declared: true }).about).toContain("declared");
  expect(place({ placeKind: "", declared: false }).text).toBe("Unknown place");
  expect(people(1)).toBe("1 person");
  expect(laptops({ devices: 3, possibleDevices: 0 })).toBe("3");
  expect([strength(0.9), strength(0.5), strength(0.1)]).toEqual(["strong", "fair", "weak"]);
  expect(summary({ devices: 2, possibleDevices: 0, people: 2 }, [])).toBe("2 laptops of 2 people, that nothing joins for certain. The tables say the same in words.");
  expect(sureness({ confidence: "high", missing: [], score: 80 })).toBe("Confidence is high.");
});

test("a laptop's name cannot be anything but text in the drawing", () => {
  expect(html("<img src=x onerror=alert(1)>")).not.toContain("<");
  const all = home();
  const drawn = JSON.stringify(option(draw(all.members, all.links), { ink: "#000", soft: "#555", surface: "#fff", line: "#ccc", font: "Inter", tone: () => "#111" }));
  expect(drawn).toContain('"type":"dashed"');
  expect(drawn).toContain("the same router");
});

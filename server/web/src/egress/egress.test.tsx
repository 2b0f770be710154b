import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { notes } from "../../test/fixture/egress";
import { World } from "../../test/fixture/world";
import { openConsole } from "../../test/render";
import { aboutColumn } from "../evidence/classes";
import { classTitle, lines } from "../evidence/columns";
import { country, others, silence } from "./words";

test("a device's page says where it stands, who stands there, and what does not fit", async () => {
  openConsole(World.peopled("analyst"), "/devices/dev-1");
  const panel = await screen.findByRole("region", { name: "Where it stands" });
  for (const text of ["A line for homes", "COMCAST-7922", "United States", "Asia/Shanghai", "310 ms at best"]) {
    expect(await within(panel).findByText(new RegExp(text))).toBeTruthy();
  }
  expect(panel.textContent).toContain("5 others or more behind the same router");
  expect(panel.textContent).toContain("on 12 days it stood with two or more all day long");
  expect(panel.textContent).toContain("on 6 days its clock showed a time that no clock of its country shows");
  expect(panel.textContent).toContain("9 days without a word, then behind another router in another country");
  expect(panel.textContent).toContain("120 ms longer than its country explains");
  expect(panel.textContent).toContain("IPtoASN");
});

test("the company's own way out is named as such and leads to the lists", async () => {
  openConsole(World.peopled("analyst"), "/devices/dev-2");
  const panel = await screen.findByRole("region", { name: "Where it stands" });
  expect((await within(panel).findByRole("link", { name: "learned from many laptops" })).getAttribute("href")).toBe("/egress");
  expect(panel.textContent).toContain("under 10 ms at best");
  expect(panel.textContent).toContain("Norwayby an address it had before");
});

test("what is not known is said, and so is that nobody said where the collector stands", async () => {
  const world = World.peopled("analyst");
  world.notes = notes(true);
  world.collectorPlace = "";
  openConsole(world, "/devices/dev-1");
  const panel = await screen.findByRole("region", { name: "Where it stands" });
  expect(await within(panel).findByText(/countries.places/)).toBeTruthy();
  expect(panel.querySelector("[data-blind]")).toBeTruthy();
  expect(panel.textContent).toContain("nobody said where the collector stands");
});

test("a device of which nothing is noted says so", async () => {
  openConsole(World.peopled("analyst"), "/devices/dev-3");
  const panel = await screen.findByRole("region", { name: "Where it stands" });
  expect(await within(panel).findByText(/Nothing is noted of the last 30 days/)).toBeTruthy();
});

test("the ways out are listed: imported ones with who and when, learned ones with why", async () => {
  const { user, where } = openConsole(World.peopled("auditor"), "/alerts");
  await screen.findByText("Live");
  await user.click(screen.getByRole("link", { name: "Ways out" }));
  const imported = await screen.findByRole("region", { name: "Imported" });
  expect(where()).toBe("/egress");
  expect(imported.textContent).toContain("192.0.2.7, 198.51.100.0/24, 2001:db8::/48, 203.0.113.8, and 3 more");
  expect(within(imported).getByText("2,411")).toBeTruthy();
  const learned = screen.getByRole("region", { name: "Learned" });
  expect(learned.textContent).toContain("Many laptops use it that share no router");
  expect(within(learned).getByText("412")).toBeTruthy();
});

test("where nothing is imported it is said how", async () => {
  openConsole(new World("analyst"), "/egress");
  expect(await screen.findByText("No list is imported")).toBeTruthy();
  expect(screen.getByText("Nothing is learned")).toBeTruthy();
});

test("the row reads in words as evidence", () => {
  expect(classTitle("egress")).toBe("Where it stands");
  const read = lines("egress", { behind: "shared_carrier", country: "ES", shared_days: "12", round_trip_ms: "40", first_place_moved: "false" });
  expect(read.map((l) => l.value[0])).toEqual(["A carrier's shared address", "Spain", "12", "40 ms", "No"]);
  expect(aboutColumn("egress", "shared_days")).toMatch(/two others or more/);
});

test.each([["0", "no other"], ["1", "1 other"], ["3", "3 or 4 others"], ["50", "50 others or more"], [undefined, ""]])("%s is %s", (step, text) => expect(others(step)).toBe(text));

test("codes of tomorrow are shown all the same", () => {
  expect(country("XX1")).toBe("XX1");
  expect(silence("6", "on_the_moon")).toBe("6 days without a word, on the moon");
});

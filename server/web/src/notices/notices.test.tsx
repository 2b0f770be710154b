import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { rollout } from "../../test/fixture/notices";
import { World } from "../../test/fixture/world";
import { openConsole } from "../../test/render";
import { before } from "../../test/fixture/words";
import { between, fewest, lacking, unlisted } from "./words";

function rolled(role: string, ...ids: string[]): World {
  const world = World.peopled(role);
  for (const id of ids) world.noticed.set(id, rollout(id, 2000));
  return world;
}

test("what nobody has decided on stands above the alerts and leads to its page", async () => {
  const { user, where } = openConsole(rolled("analyst", "n1"), "/alerts");
  const standing = await screen.findByRole("region", { name: "Notices that wait for a decision" });
  expect(standing.textContent).toMatch(/New on 2,000 laptops: Syncro between \d{4}-\d\d-\d\d and \d{4}-\d\d-\d\dAsk who rolls out/);
  await user.click(within(standing).getByRole("link", { name: "New on 2,000 laptops: Syncro" }));
  await screen.findByRole("heading", { level: 1, name: "New on 2,000 laptops: Syncro" });
  expect(where()).toBe("/notices/n1");
  expect(screen.getByText("The first 1,000 of 2,000 are listed.")).toBeTruthy();
  expect(screen.getAllByRole("link", { name: /^lap-kiel-/ })).toHaveLength(1000);
  expect(screen.getByRole("link", { name: "lap-kiel-7" }).getAttribute("href")).toBe("/devices/n-7");
});

/** apart has a notice of thirty laptops, of which one has an alert of its own. */
function apart(): World {
  const world = World.peopled("analyst");
  const notice = rollout("n1", 30);
  Object.assign(notice.devices[6] ?? {}, { id: "dev-1", alert: "a-kvm", level: "high" });
  world.noticed.set("n1", notice);
  return world;
}

test("of many laptops those with an alert of their own stand first", async () => {
  openConsole(apart(), "/notices/n1");
  const first = await screen.findByRole("region", { name: "With an open alert" });
  expect(within(first).getByRole("link", { name: "Alert of lap-kiel-7, level high" }).getAttribute("href")).toBe("/alerts/a-kvm");
  expect(first.textContent).toContain("1 laptop of 30");
  expect(within(screen.getByRole("region", { name: "The other laptops" })).getAllByRole("link")).toHaveLength(29);
});

test("a laptop says of which notice it is part, and what was decided", async () => {
  openConsole(apart(), "/devices/dev-1");
  expect((await screen.findByText(/^Part of a notice:/)).textContent).toMatch(/New on 30 laptops: Syncro. Nobody has decided./);
});

test("a week full of notices leaves room for the alerts", async () => {
  openConsole(rolled("analyst", "n1", "n2", "n3", "n4", "n5"), "/alerts");
  const standing = await screen.findByRole("region", { name: "Notices that wait for a decision" });
  expect(within(standing).getAllByRole("article")).toHaveLength(3);
  expect(within(standing).getByRole("link", { name: "2 more notices" }).getAttribute("href")).toBe("/notices");
});

test("an analyst decides, with a comment that says how they know, and may think again", async () => {
  const world = rolled("analyst", "n1");
  const { user, router } = openConsole(world, "/notices/n1");
  const panel = await screen.findByRole("region", { name: "Decide once for all of them" });
  await user.click(within(panel).getByRole("button", { name: "Decide" }));
  expect(within(panel).getByText("Choose one of the two.")).toBeTruthy();
  await user.click(within(panel).getByRole("radio", { name: /^Expected/ }));
  await user.type(within(panel).getByLabelText("How do you know?"), "it is fine");
  expect(within(panel).getByText(/Write at least 20 characters/)).toBeTruthy();
  await user.type(within(panel).getByLabelText("How do you know?"), ", says change 4711 of the provider");
  await user.click(within(panel).getByRole("button", { name: "Decide" }));
  const decided = await screen.findByRole("region", { name: "Decision" });
  expect(decided.textContent).toContain("“it is fine, says change 4711 of the provider”dana said that it was expected");
  expect(within(decided).getByRole("link", { name: "Sanctions" })).toBeTruthy();
  await user.click(within(decided).getByRole("button", { name: "Decide otherwise" }));
  expect(within(decided).getByRole("radio", { name: /^Not expected/ })).toBeTruthy();
  await router.navigate("/alerts");
  await screen.findByText("Live");
  expect(screen.queryByRole("region", { name: "Notices that wait for a decision" })).toBeNull();
  await router.navigate("/notices");
  expect(await screen.findByText("Expected")).toBeTruthy();
});

test("an auditor reads why there is no form, and a refusal comes in words", async () => {
  openConsole(rolled("auditor", "n1"), "/notices/n1");
  expect(await screen.findByText(/does not decide on them; ask an analyst/)).toBeTruthy();
  expect(screen.queryByRole("radio")).toBeNull();
});

test("what the server refuses is said", async () => {
  const world = rolled("analyst", "n1");
  const { user } = openConsole(world, "/notices/n1");
  await user.click(await screen.findByRole("radio", { name: /^Not expected/ }));
  await user.type(screen.getByLabelText("How do you know?"), "nobody of the desk knows of it");
  if (world.user) world.user.role = "auditor"; // taken away meanwhile
  await user.click(screen.getByRole("button", { name: "Decide" }));
  expect((await screen.findByText(/Nothing was decided/)).parentElement?.textContent).toContain("Dana has the role auditor, which may read notices but not decide on them");
});

test("a notice that is not there, and a fleet without any, are told", async () => {
  const { router } = openConsole(rolled("analyst"), "/notices/gone");
  expect(await screen.findByText(/There is no notice "gone"/)).toBeTruthy();
  await router.navigate("/notices");
  expect(await screen.findByText("Nothing has appeared on many laptops at once")).toBeTruthy();
});

test("words", () => {
  expect(lacking("", "")).toMatch(/Choose/);
  expect(lacking("expected", " ".repeat(fewest) + "short")).toMatch(/how do you know/);
  expect(lacking("expected", "x".repeat(fewest))).toBe("");
  const noon = before(0);
  expect(between({ from: noon, to: noon })).toMatch(/^on \d{4}-\d\d-\d\d$/);
  expect(between({ from: undefined, to: noon })).toBe("at a time that was not told");
  expect(unlisted(20, 20)).toBe("");
  expect(unlisted(1500, 1000)).toBe("The first 1,000 of 1,500 are listed.");
});

import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { World } from "../test/fixture/world";
import { openConsole } from "../test/render";

test("nobody gets in without signing in, and comes back to where they wanted", async () => {
  const { where, router } = openConsole(World.peopled(), "/devices?text=oslo");
  await screen.findByText("You need a sign-in link");
  await router.navigate(`${where()}#code=good`);
  await screen.findByRole("link", { name: "lap-oslo-002" });
  expect(where()).toBe("/devices?text=oslo");
});

test("a spent link is told in the server's words", async () => {
  openConsole(World.peopled(), "/sign-in#code=spent");
  expect((await screen.findByRole("alert")).textContent).toContain("This sign-in link was used already or is too old");
});

test("an empty fleet is shown how to enrol, with a fresh token", async () => {
  const { user } = openConsole(new World("admin"), "/alerts");
  await screen.findByText("No device is enrolled yet");
  await user.click(screen.getByRole("button", { name: /Make a token/ }));
  expect((await screen.findByLabelText("Install line")).textContent).toMatch(/^sudo farmwatch-agent enroll .* --token fwt1-/);
});

test("who may not make tokens is told who can", async () => {
  openConsole(new World("analyst"), "/devices");
  expect(await screen.findByText(/An admin makes the token/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Make a token/ })).toBeNull();
});

test("nothing open is said with its denominator", async () => {
  const world = World.peopled("analyst");
  world.details.clear();
  openConsole(world, "/alerts");
  expect(await screen.findByText(/3 of 5 devices reported in the last 2 minutes/)).toBeTruthy();
  expect(screen.getByText(/On 4 of 5 there is something farmwatch could not look at/)).toBeTruthy();
});

test("a filter that matches nothing can be cleared", async () => {
  const { user, where } = openConsole(World.peopled("analyst"), "/alerts?text=zzz&level=high");
  await screen.findByText("Nothing matches this filter");
  await user.click(within(screen.getByRole("main")).getAllByRole("button", { name: "Clear filter" })[1] as HTMLElement);
  await screen.findByText(/A remote KVM is attached/);
  expect(where()).toBe("/alerts");
});

test("new alerts are announced and move nothing until asked", async () => {
  const world = World.peopled("analyst");
  const { user } = openConsole(world, "/alerts");
  await screen.findByText("Live");
  await screen.findByText(/A remote KVM is attached/);
  const titles = () => [...document.querySelectorAll("[data-row]")].map((l) => l.getAttribute("href"));
  const before = titles();
  world.arrive("a-one");
  world.arrive("a-two");
  const show = await screen.findByRole("button", { name: /2 new alerts/ });
  expect(titles()).toEqual(before);
  expect(show.closest("[aria-live=polite]")).toBeTruthy();
  await user.click(show);
  expect(titles()).toHaveLength(4);
});

test("a colleague's change shows in its row, which stays though the filter leaves it", async () => {
  const world = World.peopled("analyst");
  openConsole(world, "/alerts?state=new");
  const row = (await screen.findByText(/A remote KVM is attached/)).closest("tr") as HTMLElement;
  await screen.findByText("Live");
  world.move("a-kvm", { state: "in_progress", assignee: "mika" }, "Acknowledged.", undefined, "mika");
  await within(row).findByText("mika");
  expect(within(row).getByText("In progress")).toBeTruthy();
});

test("keys walk the list, open, acknowledge and lead back with the filter", async () => {
  const { user, where } = openConsole(World.peopled("analyst"), "/alerts?conclusion=remotely_controlled");
  await screen.findByText(/A remote KVM is attached/);
  await user.keyboard("jjk");
  expect(document.activeElement?.textContent).toMatch(/A remote KVM is attached/);
  await user.keyboard("o");
  await screen.findByText("Why this fired");
  expect(where()).toBe("/alerts/a-kvm?conclusion=remotely_controlled");
  await user.keyboard("a");
  await screen.findByText("In progress");
  await user.keyboard("j");
  await waitFor(() => expect(where()).toBe("/alerts/a-vnc?conclusion=remotely_controlled"));
  await user.keyboard("{Escape}");
  await waitFor(() => expect(where()).toBe("/alerts?conclusion=remotely_controlled"));
  await user.keyboard("gd");
  await waitFor(() => expect(where()).toBe("/devices"));
});

test("keys do nothing once switched off", async () => {
  localStorage.setItem("farmwatch.keys", "off");
  const { user, where } = openConsole(World.peopled("analyst"), "/alerts");
  await screen.findByText(/A remote KVM is attached/);
  await user.keyboard("gd");
  expect(where()).toBe("/alerts");
});

test("closing asks for words where the reason alone is not enough", async () => {
  const world = World.peopled("analyst");
  const { user } = openConsole(world, "/alerts/a-kvm");
  await user.click(await screen.findByRole("button", { name: /^Close …/ }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("button", { name: "Close alert" }));
  expect(within(dialog).getByText("Choose a reason.")).toBeTruthy();
  await user.click(within(dialog).getByRole("radio", { name: /Own equipment/ }));
  await user.type(within(dialog).getByRole("textbox"), "too short");
  await user.click(within(dialog).getByRole("button", { name: "Close alert" }));
  expect(within(dialog).getByText(/Write at least 20 characters/)).toBeTruthy();
  expect(world.details.get("a-kvm")?.alert?.state).toBe("new");
  await user.type(within(dialog).getByRole("textbox"), ", now long enough to be read");
  await user.click(within(dialog).getByRole("button", { name: "Close alert" }));
  await screen.findByRole("button", { name: /Reopen/ });
  expect(world.details.get("a-kvm")?.alert?.closeReason).toBe("benign_own_equipment");
});

test("who only reads is offered nothing to press", async () => {
  openConsole(World.peopled("auditor"), "/alerts/a-kvm");
  await screen.findByText("Your role reads alerts and does not move them.");
  expect(screen.queryByRole("button", { name: /Acknowledge|Close …|comment/ })).toBeNull();
});

test("a device shows first what could not be looked at, and how to mend it", async () => {
  openConsole(World.peopled("analyst"), "/devices/dev-1");
  const coverage = await screen.findByRole("region", { name: "Coverage" });
  expect(within(coverage).getByText("could look at 9 of 12")).toBeTruthy();
  expect(coverage.querySelector("[data-blind]")?.textContent).toContain("Read /proc/self/smaps");
  expect(within(coverage).getByText(/Grant CAP_NET_RAW/)).toBeTruthy();
  expect(screen.getByText("3 reports missing")).toBeTruthy();
});

test("an address that leads nowhere says so", async () => {
  openConsole(World.peopled("analyst"), "/nowhere");
  expect(await screen.findByText("There is nothing at this address")).toBeTruthy();
});

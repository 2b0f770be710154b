import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { World } from "../../test/fixture/world";
import { openConsole } from "../../test/render";

test("a sanction shows its terms, who answers for it and its earlier versions", async () => {
  const { user, where } = openConsole(World.peopled("auditor"), "/sanctions");
  await screen.findByText("1 sanction, 1 in force");
  expect(screen.getByText(/only under mesh of the company · only sessions that the person at the laptop agreed to/)).toBeTruthy();
  await user.click(screen.getByRole("link", { name: "meshagent" }));
  const answers = await screen.findByRole("region", { name: "Who answers for it" });
  expect(where()).toBe("/sanctions/helpdesk-meshcentral");
  expect(within(answers).getByText("ciso@corp.example")).toBeTruthy();
  expect(screen.getByText("only Mon-Fri 08:00-18:00 Europe/Lisbon")).toBeTruthy();
  expect(screen.getByText("INC-2")).toBeTruthy();
  expect(screen.getByText("Version 1")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /Revoke/ })).toBeNull();
});

test("an admin permits a product on a device for some hours, with a ticket", async () => {
  const world = World.peopled("admin");
  const { user } = openConsole(world, "/devices/dev-2");
  const panel = await screen.findByRole("region", { name: "Sanctioned here" });
  await user.click(await within(panel).findByRole("button", { name: /Permit for some hours/ }));
  const dialog = await screen.findByRole("dialog");
  await user.type(within(dialog).getByLabelText("Product"), "anydesk");
  await user.click(within(dialog).getByRole("button", { name: "Permit" }));
  expect(within(dialog).getByText("Name the ticket.")).toBeTruthy();
  await user.type(within(dialog).getByLabelText("Ticket"), "INC-7");
  await user.click(within(dialog).getByRole("button", { name: "Permit" }));
  await within(panel).findByRole("link", { name: "anydesk" });
  expect(world.sanctioned[0]?.ticket).toBe("INC-7");
});

test("who may not permit is offered nothing to press", async () => {
  openConsole(World.peopled("analyst"), "/sanctions");
  await screen.findByText("1 sanction, 1 in force");
  expect(screen.queryByRole("button", { name: /Permit/ })).toBeNull();
});

test("without a sanction it is said that every session counts, and how to write one", async () => {
  openConsole(new World("admin"), "/sanctions");
  expect(await screen.findByText(/every remote session counts/)).toBeTruthy();
  expect(screen.getByText(/farmwatchctl sanctions apply/)).toBeTruthy();
});

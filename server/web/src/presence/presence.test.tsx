import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { World } from "../../test/fixture/world";
import { openConsole } from "../../test/render";

test("an analyst asks whether somebody sits at a laptop, and takes it back", async () => {
  const world = World.peopled("analyst");
  const { user } = openConsole(world, "/alerts/a-kvm");
  const panel = await screen.findByRole("region", { name: "Presence check" });
  await user.click(await within(panel).findByRole("button", { name: /Ask whether somebody sits there/ }));
  const dialog = await screen.findByRole("dialog");
  await user.click(within(dialog).getByRole("checkbox", { name: /security key/ }));
  await user.click(within(dialog).getByRole("button", { name: "Ask" }));
  expect(within(dialog).getByText(/at least 10 characters/)).toBeTruthy();
  await user.type(within(dialog).getByLabelText("Why"), "KVM at the dock, person unreachable");
  await user.click(within(dialog).getByRole("button", { name: "Ask" }));
  await within(panel).findByText("Waiting");
  expect(world.presence[0]).toMatchObject({ alert: "a-kvm", reason: "KVM at the dock, person unreachable", means: ["builtin_keyboard", "lid", "power_plug", "fingerprint"] });
  await user.click(within(panel).getByRole("button", { name: "Withdraw" }));
  await within(panel).findByText("Withdrawn");
});

test("an answer says by what, how fast and from where, and who only reads cannot ask", async () => {
  const world = World.peopled("analyst");
  const { user } = openConsole(world, "/devices/dev-1");
  await user.click(await screen.findByRole("button", { name: /Ask whether somebody sits there/ }));
  await user.type(screen.getByLabelText("Why"), "monthly sample of the fleet");
  await user.click(screen.getByRole("button", { name: "Ask" }));
  await waitFor(() => expect(world.presence).toHaveLength(1));
  Object.assign(world.presence[0] ?? {}, { state: "answered", answeredBy: "builtin_keyboard", answeredAfterMs: 73_000n, answeredFrom: "AT Translated Set 2 keyboard" });
  world.user = { name: "otto", role: "auditor" };
  openConsole(world, "/devices/dev-1");
  expect((await screen.findByText(/Keys of the built-in keyboard were pressed, 1 min after/)).textContent).toContain("AT Translated Set 2 keyboard");
  expect(screen.getAllByRole("region", { name: "Presence check" })).toHaveLength(2);
});

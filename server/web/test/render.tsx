import { createRouterTransport } from "@connectrpc/connect";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { apiOver } from "../src/api";
import { Providers } from "../src/providers";
import { routes } from "../src/routes";
import type { World } from "./fixture/world";

/** openConsole shows the whole console at an address, over a world in memory. */
export function openConsole(world: World, address: string) {
  const router = createMemoryRouter(routes, { initialEntries: [address] });
  const api = apiOver(createRouterTransport(world.routes));
  const screen = render(
    <Providers api={api}>
      <RouterProvider router={router} />
    </Providers>,
  );
  const where = () => router.state.location.pathname + router.state.location.search;
  return { ...screen, user: userEvent.setup(), where, router };
}

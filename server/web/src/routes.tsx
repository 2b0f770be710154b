import { Navigate, type RouteObject } from "react-router";
import { Lost } from "./shell/lost";
import { Shell } from "./shell/shell";

/** routes: each screen is a chunk of its own, fetched when first opened. */
export const routes: RouteObject[] = [
  { path: "/sign-in", lazy: () => import("./signin/page"), HydrateFallback: Nothing, ErrorBoundary: Lost },
  {
    element: <Shell />,
    ErrorBoundary: Lost,
    HydrateFallback: Nothing,
    children: [
      { index: true, element: <Navigate to="/alerts" replace /> },
      { path: "/alerts", lazy: () => import("./alerts/page") },
      { path: "/alerts/:id", lazy: () => import("./alert/page") },
      { path: "/notices", lazy: () => import("./notices/page") },
      { path: "/notices/:id", lazy: () => import("./notices/notice") },
      { path: "/devices", lazy: () => import("./devices/page") },
      { path: "/devices/:id", lazy: () => import("./devices/device") },
      { path: "/sites", lazy: () => import("./sites/page") },
      { path: "/sites/:id", lazy: () => import("./sites/site") },
      { path: "/sanctions", lazy: () => import("./sanctions/page") },
      { path: "/sanctions/:name", lazy: () => import("./sanctions/sanction") },
      { path: "/egress", lazy: () => import("./egress/page") },
      { path: "*", element: <Lost /> },
    ],
  },
];

function Nothing() {
  return null;
}

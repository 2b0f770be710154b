import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// "vite" talks to a running farmwatch-server; "vite --mode fixture" answers
// from test/fixture, so that screens can be worked on without one.
export default defineConfig(async ({ mode }) => {
  const server = process.env["FARMWATCH_URL"] ?? "http://127.0.0.1:7480";
  const fixture = mode === "fixture" ? [(await import("./test/fixture/plugin.ts")).fixture()] : [];
  return {
    plugins: [react(), ...fixture],
    build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
    server: { fs: { allow: ["../.."] }, proxy: fixture.length > 0 ? undefined : { "/farmwatch.console.v1": server } },
  };
});

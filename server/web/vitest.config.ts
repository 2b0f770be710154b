import { defineConfig } from "vitest/config";

export default defineConfig({
  server: { fs: { allow: ["../.."] } }, // proto/catalogue/classes.yaml
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts", "src/**/*.test.tsx"],
    setupFiles: ["test/setup.ts"],
    restoreMocks: true,
    testTimeout: 30_000,
  },
});

import { defineConfig } from "vitest/config";
import { commonPasswordsPlugin } from "./app/rules/common-passwords/vite-plugin.ts";

// Remix's plugin stays out: it rewrites route modules for the browser, and tests want them as they are.
export default defineConfig({
  plugins: [commonPasswordsPlugin],
  esbuild: { jsx: "automatic", target: "es2022" },
  test: {
    // Twice as many as the smallest machines have cores: most tests wait for a server, a browser or a clock.
    maxWorkers: 4,
    // Hashes and whole forms typed key by key take their time where the machine is shared.
    testTimeout: 20_000,
    // What the built server runs through is measured in its own process (test/runner/backend-coverage.ts); here it is the components.
    coverage: {
      provider: "v8",
      include: ["app/components/**"],
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "coverage/components",
      thresholds: { lines: 70 },
    },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], environment: "node" },
      },
      {
        extends: true,
        test: {
          name: "components",
          include: ["test/unit/**/*.test.tsx"],
          environment: "jsdom",
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts", "test/browser/**/*.test.ts"],
          globalSetup: ["test/support/global-setup.ts"],
          environment: "node",
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

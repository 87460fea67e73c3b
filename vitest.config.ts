import { defineConfig } from "vitest/config";
import { commonPasswordsPlugin } from "./app/rules/common-passwords/vite-plugin.ts";
import { MIN_LINES_PERCENT } from "./test/runner/coverage-gates.ts";
import { WAIT_MS } from "./test/support/wait-until.ts";

// Without Remix's plugin: it removes server exports from route modules, which tests call.
export default defineConfig({
  plugins: [commonPasswordsPlugin],
  esbuild: { jsx: "automatic", target: "es2022" },
  test: {
    // Most tests wait for a server, a browser or a timer, so four workers suit two cores. Vitest starts the files that
    // took longest in the last run first, and larger files first without a last run.
    maxWorkers: 4,
    // For bcrypt hashes and forms typed key by key on a busy machine.
    testTimeout: 20_000,
    expect: { poll: { timeout: WAIT_MS } },
    // Covers the components. test/runner/backend-coverage.ts covers the built server in its own processes.
    coverage: {
      provider: "v8",
      include: ["app/components/**"],
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "coverage/components",
      thresholds: { lines: MIN_LINES_PERCENT.components },
    },
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], environment: "node" },
      },
      {
        extends: true,
        test: { name: "components", include: ["test/unit/**/*.test.tsx"], environment: "jsdom" },
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

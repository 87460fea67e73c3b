import { expect, it } from "vitest";
import { shutdownUnderLoad } from "../chaos/graceful-shutdown.ts";
import { exhaustDefaultPool, exhaustSmallPool } from "../chaos/pool-exhaustion.ts";
import type { ScenarioOptions } from "../chaos/scenario.ts";

const options: ScenarioOptions = {
  bounds: {
    responseMs: 10_000,
    circuitOpenMs: 2_000,
    healthMs: 2_000,
    recoveryMs: 10_000,
    restartMs: 10_000,
  },
  writers: 12,
  rounds: 3,
  seconds: 1,
  onProgress: () => undefined,
  signal: new AbortController().signal,
};

it("a pool of two connections serves 60 concurrent requests with two connections", async () => {
  expect((await exhaustSmallPool(options, 60)).violations).toEqual([]);
});

it("300 concurrent requests never exceed the connections of the pool, and idle ones are closed down to the minimum", async () => {
  expect((await exhaustDefaultPool(options)).violations).toEqual([]);
});

it("SIGTERM under the load of 16 clients with two web processes loses no accepted request and exits with 0", async () => {
  const report = await shutdownUnderLoad({ ...options, writers: 16, rounds: 1 }, { WEB_CONCURRENCY: "2" });
  expect(report.violations).toEqual([]);
});

it("SIGTERM under the load of 16 clients loses no accepted request and exits with 0 in time", async () => {
  expect((await shutdownUnderLoad({ ...options, writers: 16 })).violations).toEqual([]);
});

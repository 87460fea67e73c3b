import { expect, it } from "vitest";
import { shutdownUnderLoad } from "../chaos/graceful-shutdown.ts";
import { manyClients, smallPool } from "../chaos/pool-exhaustion.ts";
import type { ScenarioOptions } from "../chaos/scenario.ts";

const direction: ScenarioOptions = {
  bounds: { answerMs: 10_000, openMs: 2_000, healthMs: 2_000, healMs: 10_000 },
  writers: 12,
  rounds: 3,
  seconds: 1,
  say: () => undefined,
  signal: new AbortController().signal,
};

it("a pool of two serves sixty at once, with two connections", async () => {
  expect((await smallPool(direction, 60)).broken).toEqual([]);
});

it("300 at once never hold more connections than the pool allows, and when idle there are as many as are kept", async () => {
  expect((await manyClients(direction)).broken).toEqual([]);
});

it("SIGTERM under load, three times: no accepted request is dropped, exit 0 in time", async () => {
  expect((await shutdownUnderLoad({ ...direction, writers: 16 })).broken).toEqual([]);
});

import { expect, it } from "vitest";
import { cut, freezeDatabase, killDatabase, refuseConnections } from "../chaos/outages.ts";
import type { ScenarioOptions } from "../chaos/scenario.ts";

/** The bounds; what is tighter than a second there is left to `npm run trial:faults` on a quiet machine. */
const direction: ScenarioOptions = {
  bounds: { answerMs: 10_000, openMs: 2_000, healthMs: 2_000, healMs: 10_000 },
  writers: 8,
  rounds: 2,
  seconds: 6,
  say: () => undefined,
  signal: new AbortController().signal,
};

it("PostgreSQL killed twice under writers: nothing lost or doubled, only DB_ERROR, healed without a restart", async () => {
  expect((await killDatabase(direction)).broken).toEqual([]);
});

it("PostgreSQL stopped where it stands: every answer in time, nothing runs on that nobody waits for", async () => {
  expect((await freezeDatabase(direction, { untilIdle: false })).broken).toEqual([]);
});

it("connections refused", async () => {
  expect((await refuseConnections({ ...direction, seconds: 2 })).broken).toEqual([]);
});

it("the network swallows everything", async () => {
  expect((await cut(direction)).broken).toEqual([]);
});

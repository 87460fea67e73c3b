import { expect, it } from "vitest";
import { dropPackets, freezeDatabase, killDatabase, refuseConnections } from "../chaos/outages.ts";
import type { ScenarioOptions } from "../chaos/scenario.ts";

/** The required limits. `npm run chaos:faults` checks tighter ones on a quiet machine. */
const options: ScenarioOptions = {
  bounds: {
    responseMs: 10_000,
    circuitOpenMs: 2_000,
    healthMs: 2_000,
    recoveryMs: 10_000,
    // No limit is required: PostgreSQL replays its log at the speed of the machine.
    restartMs: Number.POSITIVE_INFINITY,
  },
  writers: 8,
  rounds: 2,
  seconds: 6,
  onProgress: () => undefined,
  signal: new AbortController().signal,
};

it("a PostgreSQL that is killed twice loses and duplicates no write, causes only DB_ERROR, and needs no restart", async () => {
  expect((await killDatabase(options)).violations).toEqual([]);
});

it("a frozen PostgreSQL delays no response beyond its limit and keeps no abandoned query running", async () => {
  expect((await freezeDatabase(options, { untilIdle: false })).violations).toEqual([]);
});

it("refused database connections cause only DB_ERROR within the time limits", async () => {
  expect((await refuseConnections({ ...options, seconds: 2 })).violations).toEqual([]);
});

it("a network that drops every packet to the database causes only DB_ERROR within the time limits", async () => {
  expect((await dropPackets(options)).violations).toEqual([]);
});

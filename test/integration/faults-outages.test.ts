import { expect, it } from "vitest";
import { cut, freeze, kill, refuse } from "../trials/outages.ts";
import type { Direction } from "../trials/scene.ts";

/** The bounds; what is tighter than a second there is left to `npm run trial:faults` on a quiet machine. */
const direction: Direction = {
  bounds: { answerMs: 10_000, openMs: 2_000, healthMs: 2_000, healMs: 10_000 },
  writers: 8,
  rounds: 2,
  seconds: 6,
  say: () => undefined,
  signal: new AbortController().signal,
};

it("PostgreSQL killed twice under writers: nothing lost or doubled, only DB_ERROR, healed without a restart", async () => {
  expect((await kill(direction)).broken).toEqual([]);
});

it("PostgreSQL stopped where it stands: every answer in time, nothing runs on that nobody waits for", async () => {
  expect((await freeze(direction, { untilIdle: false })).broken).toEqual([]);
});

it("connections refused", async () => {
  expect((await refuse({ ...direction, seconds: 2 })).broken).toEqual([]);
});

it("the network swallows everything", async () => {
  expect((await cut(direction)).broken).toEqual([]);
});

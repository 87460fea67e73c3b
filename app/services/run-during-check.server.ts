import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Runs `work` concurrently with a check by a rate limiter. Waits one turn of the event loop first: a rejection from memory
 * settles within it, so that a flood costs neither queries nor hashes. Waits for both, so that the slot of a hash is not
 * released while the hash runs.
 * @returns the results of both
 * @throws the error of the check, otherwise that of the work
 */
export async function runDuringCheck<C, W>(check: Promise<C>, work: () => Promise<W>): Promise<[C, W]> {
  await Promise.race([check, nextTurn()]);
  const [checked, worked] = await Promise.allSettled([check, work()]);
  if (checked.status === "rejected") throw checked.reason;
  if (worked.status === "rejected") throw worked.reason;
  return [checked.value, worked.value];
}

import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Runs `work` beside a check by a rate limiter, which saves the time of the shorter one. It does not start if the limiter
 * rejects the attempt from memory, which takes no turn of the event loop: a flood must cost neither queries nor hashes.
 * Waits for both in any case, so that no work continues after its place in a queue is free again.
 * @throws the error of the check, otherwise that of the work
 */
export async function besideCheck<C, W>(check: Promise<C>, work: () => Promise<W>): Promise<[C, W]> {
  await Promise.race([check, nextTurn()]);
  const [checked, worked] = await Promise.allSettled([check, work()]);
  if (checked.status === "rejected") throw checked.reason;
  if (worked.status === "rejected") throw worked.reason;
  return [checked.value, worked.value];
}

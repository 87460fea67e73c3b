import { setTimeout as sleep } from "node:timers/promises";

/**
 * The time after which a wait for an event fails. A wait checks that the event happens, and not how fast: on a busy
 * machine that takes seconds. It is shorter than the time limit of a test, so that the failure names the event.
 */
export const WAIT_MS = 15_000;

/** Waits until a condition holds. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WAIT_MS; !(await condition()); await sleep(20)) {
    if (Date.now() > end) throw new Error(`Not within ${WAIT_MS} ms: ${condition}`);
  }
}

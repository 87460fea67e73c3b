import { setTimeout as sleep } from "node:timers/promises";
import { vi } from "vitest";
import { WAIT_MS } from "./wait-limit.ts";

/** Calls `check` until it neither throws nor rejects. @returns what it returned */
export const waitFor = <T>(check: () => T | Promise<T>, { interval = 50 } = {}): Promise<T> =>
  vi.waitFor(check, { timeout: WAIT_MS, interval });

/** Waits until a condition holds. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WAIT_MS; !(await condition()); await sleep(20)) {
    if (Date.now() > end) throw new Error(`Not within ${WAIT_MS} ms: ${condition}`);
  }
}

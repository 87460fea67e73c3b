import { vi } from "vitest";
import { WAIT_MS } from "./wait-until.ts";

/** Calls `check` until it neither throws nor rejects. @returns what it returned */
export const waitFor = <T>(check: () => T | Promise<T>, { interval = 50 } = {}): Promise<T> =>
  vi.waitFor(check, { timeout: WAIT_MS, interval });

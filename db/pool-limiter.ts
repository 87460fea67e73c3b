import type { Log } from "./log.ts";

/** How long a caller waits for an ordinary connection before it may use the overflow. */
const OVERFLOW_AFTER_MS = 100;

/** No connection became free in time. */
export class PoolExhaustedError extends Error {
  override readonly name = "PoolExhaustedError";
  /** The limiter logs the first of a series. */
  readonly alreadyLogged = true;
}

export interface PoolLimiter {
  /** Waits for a permit to use one connection. @throws PoolExhaustedError */
  acquire(): Promise<void>;
  release(): void;
  /** The number of permits in use. */
  inUse(): number;
}

export interface PoolLimits {
  /** Permits in ordinary use. */
  max: number;
  /** Further permits for callers that have waited for 100 ms. */
  overflow: number;
  /** How long a caller waits for a permit. */
  timeoutMs: number;
}

interface Waiter {
  mayUseOverflow: boolean;
  grant(): void;
}

/**
 * Creates the semaphore in front of the connection pool, first come, first served. The overflow is a last resort: more
 * connections than the database has cores slow all of them down.
 */
export function createPoolLimiter({ max, overflow, timeoutMs }: PoolLimits, log: Log): PoolLimiter {
  const waiters: Waiter[] = [];
  let inUse = 0;
  let isExhausted = false;

  const grantNext = () => {
    for (let next = waiters[0]; next; next = waiters[0]) {
      if (inUse >= max + (next.mayUseOverflow ? overflow : 0)) return;
      waiters.shift();
      inUse += 1;
      next.grant();
    }
    isExhausted = false;
  };

  const wait = () =>
    new Promise<void>((resolve, reject) => {
      const overflowTimer = setTimeout(() => {
        waiter.mayUseOverflow = true;
        grantNext();
      }, OVERFLOW_AFTER_MS);
      const timeoutTimer = setTimeout(() => {
        clearTimeout(overflowTimer);
        waiters.splice(waiters.indexOf(waiter), 1);
        if (!isExhausted) log.error({ inUse, waiting: waiters.length }, "connection pool exhausted");
        isExhausted = true;
        reject(new PoolExhaustedError(`No connection became free within ${timeoutMs} ms.`));
      }, timeoutMs);
      const waiter: Waiter = {
        mayUseOverflow: false,
        grant() {
          clearTimeout(overflowTimer);
          clearTimeout(timeoutTimer);
          resolve();
        },
      };
      waiters.push(waiter);
    });

  return {
    async acquire() {
      if (waiters.length > 0 || inUse >= max) return wait();
      inUse += 1;
    },
    release() {
      inUse -= 1;
      grantNext();
    },
    inUse: () => inUse,
  };
}

import type { Log } from "./log.ts";

/** How long a caller waits for an ordinary connection before it may use the overflow. */
const OVERFLOW_AFTER_MS = 100;
/** How long the limit that the server has set stays before it is doubled. */
const GROW_AFTER_MS = 1_000;

/** No connection became free in time. */
export class PoolExhaustedError extends Error {
  override readonly name = "PoolExhaustedError";
  /** The limiter logs the first of a series. */
  readonly alreadyLogged = true;
}

export interface PoolLimiter {
  /** Waits for a permit to use one connection. @throws PoolExhaustedError */
  acquire(): Promise<void>;
  /**
   * Exchanges a permit for which the server has no connection slot for the next one that is released. Lowers the limit
   * to the permits that remain in use, and then doubles it every second until it is back at its configured size.
   * @param startedAt when the caller began to wait, in ms of performance.now(): its place in the order
   * @throws PoolExhaustedError
   */
  reacquire(startedAt: number): Promise<void>;
  release(): void;
  /** The number of permits in use. */
  inUse(): number;
  /** The number of callers that wait for a permit. */
  waiting(): number;
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
  startedAt: number;
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
  const serverLimit = createServerLimit(max + overflow, () => grantNext());

  const grantNext = () => {
    for (let next = waiters[0]; next; next = waiters[0]) {
      if (inUse >= Math.min(max + (next.mayUseOverflow ? overflow : 0), serverLimit.current())) return;
      waiters.shift();
      inUse += 1;
      next.grant();
    }
    isExhausted = false;
  };

  const wait = (startedAt: number) =>
    new Promise<void>((resolve, reject) => {
      const overflowTimer = setTimeout(() => {
        waiter.mayUseOverflow = true;
        grantNext();
      }, OVERFLOW_AFTER_MS);
      const timeoutTimer = setTimeout(
        () => {
          clearTimeout(overflowTimer);
          waiters.splice(waiters.indexOf(waiter), 1);
          if (!isExhausted) log.error({ inUse, waiting: waiters.length }, "connection pool exhausted");
          isExhausted = true;
          reject(new PoolExhaustedError(`No connection became free within ${timeoutMs} ms.`));
        },
        timeoutMs - (performance.now() - startedAt),
      );
      const waiter: Waiter = {
        startedAt,
        mayUseOverflow: false,
        grant() {
          clearTimeout(overflowTimer);
          clearTimeout(timeoutTimer);
          resolve();
        },
      };
      const later = waiters.findIndex((other) => other.startedAt > startedAt);
      waiters.splice(later < 0 ? waiters.length : later, 0, waiter);
    });

  return {
    async acquire() {
      const isFree = inUse < Math.min(max, serverLimit.current());
      if (waiters.length > 0 || !isFree) return wait(performance.now());
      inUse += 1;
    },
    reacquire(startedAt) {
      inUse -= 1;
      serverLimit.lowerTo(inUse);
      return wait(startedAt);
    },
    release() {
      inUse -= 1;
      grantNext();
    },
    inUse: () => inUse,
    waiting: () => waiters.length,
  };
}

/** The number of connections that the server seems to have for this pool; infinite until it has refused one. */
function createServerLimit(configured: number, onGrowth: () => void) {
  let current = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const growLater = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      current *= 2;
      if (current < configured) growLater();
      else current = Number.POSITIVE_INFINITY;
      onGrowth();
    }, GROW_AFTER_MS).unref();
  };
  return {
    current: () => current,
    lowerTo(count: number) {
      current = Math.max(1, count);
      growLater();
    },
  };
}

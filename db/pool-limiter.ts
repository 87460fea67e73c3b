import type { Log } from "./log.ts";

/** How long one waits among the ordinary connections before another is opened. */
const PRESSURE_MS = 100;

/** Nobody gave a connection back in time. */
export class PoolExhaustedError extends Error {
  override readonly name = "PoolExhaustedError";
  /** The log has it once, not for each of them. */
  readonly alreadyLogged = true;
}

export interface PoolLimiter {
  /** Waits for the right to one connection. @throws PoolExhaustedError */
  enter(): Promise<void>;
  leave(): void;
  /** How many hold the right at this moment. */
  held(): number;
}

interface Waiter {
  admit(): void;
  pressing: boolean;
}

/**
 * Who may hold a connection, first come, first served: `max` of them in ordinary use, and `overflow` more for those
 * who have waited a tenth of a second. More connections than the database has cores to serve only make all of them
 * slower, so they are the last resort, not the first.
 */
export function createPoolLimiter(
  { max, overflow, timeoutMs }: { max: number; overflow: number; timeoutMs: number },
  log: Log,
): PoolLimiter {
  const waiting: Waiter[] = [];
  let held = 0;
  let exhausted = false;

  const admitNext = () => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (held >= max + (next.pressing ? overflow : 0)) return;
      waiting.shift();
      held += 1;
      next.admit();
    }
    exhausted = false;
  };

  const wait = () =>
    new Promise<void>((resolve, reject) => {
      const pressure = setTimeout(() => {
        waiter.pressing = true;
        admitNext();
      }, PRESSURE_MS);
      const patience = setTimeout(() => {
        clearTimeout(pressure);
        waiting.splice(waiting.indexOf(waiter), 1);
        if (!exhausted) log.error({ held, waiting: waiting.length }, "the connection pool is exhausted");
        exhausted = true;
        reject(new PoolExhaustedError(`No connection became free within ${timeoutMs} ms.`));
      }, timeoutMs);
      const waiter: Waiter = {
        pressing: false,
        admit() {
          clearTimeout(pressure);
          clearTimeout(patience);
          resolve();
        },
      };
      waiting.push(waiter);
    });

  return {
    async enter() {
      if (waiting.length === 0 && held < max) {
        held += 1;
        return;
      }
      await wait();
    },
    leave() {
      held -= 1;
      admitNext();
    },
    held: () => held,
  };
}

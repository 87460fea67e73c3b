import { AsyncLocalStorage } from "node:async_hooks";

interface QueryTiming {
  queries: number;
  databaseMs: number;
}

const current = new AsyncLocalStorage<QueryTiming>();
let observer: ((durationMs: number) => void) | undefined;

/** Calls `observe` with the duration of every query of the process in ms. Replaces an earlier observer. */
export function observeQueries(observe: (durationMs: number) => void): void {
  observer = observe;
}

/**
 * Runs `work` and measures the queries that it starts, retries included.
 * @returns its result, the number of queries, and the sum of their durations in milliseconds
 */
export async function measureQueries<T>(work: () => Promise<T>): Promise<QueryTiming & { result: T }> {
  const timing: QueryTiming = { queries: 0, databaseMs: 0 };
  const result = await current.run(timing, work);
  return { ...timing, result };
}

/** Runs a query, and times it for the observer and for the measurement in progress, if there are any. */
export function timeQuery<T>(query: () => Promise<T>): Promise<T> {
  const timing = current.getStore();
  return timing || observer ? timed(query, timing) : query();
}

async function timed<T>(query: () => Promise<T>, timing: QueryTiming | undefined): Promise<T> {
  const startedAt = performance.now();
  if (timing) timing.queries += 1;
  try {
    return await query();
  } finally {
    const durationMs = performance.now() - startedAt;
    if (timing) timing.databaseMs += durationMs;
    observer?.(durationMs);
  }
}

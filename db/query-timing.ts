import { AsyncLocalStorage } from "node:async_hooks";

interface QueryTiming {
  queries: number;
  databaseMs: number;
}

const current = new AsyncLocalStorage<QueryTiming>();

/**
 * Runs `work` and measures the queries that it starts, retries included.
 * @returns its result, the number of queries, and the sum of their durations in milliseconds
 */
export async function measureQueries<T>(work: () => Promise<T>): Promise<QueryTiming & { result: T }> {
  const timing: QueryTiming = { queries: 0, databaseMs: 0 };
  const result = await current.run(timing, work);
  return { ...timing, result };
}

/** Runs a query as part of the measurement under way, if there is one. */
export async function timeQuery<T>(query: () => Promise<T>): Promise<T> {
  const timing = current.getStore();
  if (!timing) return query();
  const startedAt = performance.now();
  timing.queries += 1;
  try {
    return await query();
  } finally {
    timing.databaseMs += performance.now() - startedAt;
  }
}

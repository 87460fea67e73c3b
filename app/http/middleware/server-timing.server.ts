import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#app/http/app-env.ts";

/** Runs `work`, and counts and times the queries that it starts. */
export type MeasureQueries = (work: () => Promise<void>) => Promise<{ queries: number; databaseMs: number }>;

/**
 * Sets `Server-Timing` (https://www.w3.org/TR/server-timing/): `db` with the number of queries and their time, and the
 * `total` time until the headers, in milliseconds. For development only: it tells clients how long internals take.
 */
export const serverTiming =
  (measureQueries: MeasureQueries): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const startedAt = performance.now();
    const { queries, databaseMs } = await measureQueries(next);
    const totalMs = performance.now() - startedAt;
    c.header(
      "Server-Timing",
      `db;desc="${queries} ${queries === 1 ? "query" : "queries"}";dur=${databaseMs.toFixed(1)}, total;dur=${totalMs.toFixed(1)}`,
    );
  };

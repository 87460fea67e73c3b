import { Counter, Gauge, Histogram } from "prom-client";
import { databaseState } from "#db/connection.ts";
import { observeQueries } from "#db/query-timing.ts";
import { observeRejections } from "./services/rate-limits.server.ts";

const QUERY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

/**
 * Adds the metrics of the opened storage to prom-client's global registry: queries, connections, circuit breaker, and
 * rejections by rate limits.
 */
export function collectStorageMetrics(): void {
  collectDatabaseMetrics();
  const rejections = new Counter({
    name: "tock_rate_limited_total",
    help: "Requests that a rate limit has rejected, by limit.",
    labelNames: ["limit"],
  });
  observeRejections((limit) => rejections.inc({ limit }));
}

/** Durations are counted together: between two requests, the code of the histogram has left the caches of the CPU. */
const BATCH_QUERIES_MAX = 64;

function collectDatabaseMetrics(): void {
  const waiting: number[] = [];
  const queries = new Histogram({
    name: "tock_database_query_duration_seconds",
    help: "Duration of SQL statements, as the application sees it.",
    buckets: QUERY_SECONDS,
    collect: countWaiting,
  });
  function countWaiting() {
    for (const durationMs of waiting.splice(0)) queries.observe(durationMs / 1000);
  }
  observeQueries((durationMs) => {
    waiting.push(durationMs);
    if (waiting.length >= BATCH_QUERIES_MAX) countWaiting();
  });
  new Gauge({
    name: "tock_database_connections_in_use",
    help: "Connections that requests use.",
    collect() {
      this.set(databaseState().inUse);
    },
  });
  new Gauge({
    name: "tock_database_connections_max",
    help: "Connections that requests may use before they wait. The overflow comes on top.",
    collect() {
      this.set(databaseState().poolMax);
    },
  });
  new Gauge({
    name: "tock_database_requests_waiting",
    help: "Requests that wait for a connection.",
    collect() {
      this.set(databaseState().waiting);
    },
  });
  new Gauge({
    name: "tock_circuit_breaker_open",
    help: "1 while the circuit breaker is open.",
    // Of several web processes, the one whose breaker is open. The other gauges are added up.
    aggregator: "max",
    collect() {
      this.set(Number(databaseState().isBreakerOpen));
    },
  });
}

import { collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { databaseStatus, onDatabaseQuery } from "#app/services/database-status.server.ts";
import type { FinishedRequest } from "./observe-requests.server.ts";

const REQUEST_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const QUERY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

/** The metrics of this process, in Prometheus's format. */
export interface Metrics {
  contentType: string;
  observe(request: FinishedRequest): void;
  text(): Promise<string>;
}

/** Creates the metrics: requests, database pool, circuit breaker, queries, and Node's own (event loop, memory, GC). */
function createMetrics(): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register });
  const requests = new Histogram({
    name: "tock_http_request_duration_seconds",
    help: "Duration of requests by method, route pattern and status.",
    labelNames: ["method", "route", "status"],
    buckets: REQUEST_SECONDS,
    registers,
  });
  const queries = new Histogram({
    name: "tock_database_query_duration_seconds",
    help: "Duration of SQL statements, as the application sees it.",
    buckets: QUERY_SECONDS,
    registers,
  });
  onDatabaseQuery((ms) => queries.observe(ms / 1000));
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge("tock_database_connections_in_use", "Connections that requests use.", () => databaseStatus().inUse);
  gauge("tock_circuit_breaker_open", "1 while the circuit breaker is open.", () =>
    Number(databaseStatus().isBreakerOpen),
  );
  return {
    contentType: register.contentType,
    observe: ({ method, route, status, durationMs }) =>
      requests.observe({ method, route, status }, durationMs / 1000),
    text: () => register.metrics(),
  };
}

let metrics: Metrics | undefined;

/** The metrics of this process, created on first use. */
export function processMetrics(): Metrics {
  metrics ??= createMetrics();
  return metrics;
}

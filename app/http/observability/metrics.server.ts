import cluster from "node:cluster";
import { collectDefaultMetrics, register as globalRegister, Histogram, Registry } from "prom-client";
import { env } from "#app/env.server.ts";
import { createAggregatedMetrics } from "./aggregated-metrics.server.ts";
import { type FinishedRequest, reportEndedRequests } from "./observe-requests.server.ts";

const REQUEST_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The metrics of this instance, in Prometheus's format. */
export interface Metrics {
  contentType: string;
  observe(requests: FinishedRequest[]): void;
  /** @throws AppError OVERLOADED if another web process of the instance does not respond */
  text(): Promise<string>;
}

/**
 * Creates the metrics of requests and of Node (event loop, memory, GC). storage-metrics.server.ts adds those of database
 * and rate limits to prom-client's global registry. This one is separate, because development loads this module repeatedly.
 */
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
    collect: reportEndedRequests,
  });
  // A process manager may run Tock as a worker too, but of another primary.
  const isWorker = cluster.isWorker && env().WEB_CONCURRENCY > 1;
  return {
    contentType: register.contentType,
    observe(finished) {
      for (const { method, route, status, durationMs } of finished)
        requests.observe({ method, route, status }, durationMs / 1000);
    },
    text: isWorker
      ? createAggregatedMetrics([register, globalRegister])
      : () => Registry.merge([register, globalRegister]).metrics(),
  };
}

let metrics: Metrics | undefined;

/** The metrics, created on first use. */
export function processMetrics(): Metrics {
  metrics ??= createMetrics();
  return metrics;
}

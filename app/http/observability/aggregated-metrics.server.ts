import cluster, { type Worker } from "node:cluster";
import { AggregatorRegistry, type Registry } from "prom-client";
import { AppError } from "#app/errors.ts";

/*
 * With several web processes, a scrape reaches any one of them. It asks the primary, which collects the metrics of all:
 * prom-client adds up counters, histograms and gauges, except those with another `aggregator`.
 */

const REQUEST = "tock:metrics-request";
const RESPONSE = "tock:metrics-response";
const RETRY_AFTER_SECONDS = 5;

interface MetricsMessage {
  type: typeof REQUEST | typeof RESPONSE;
  /** Undefined in a request, and if a worker did not respond. */
  text?: string;
}

const isMessage = (message: unknown, type: MetricsMessage["type"]): message is MetricsMessage =>
  (message as MetricsMessage | undefined)?.type === type;

/** Lets the primary answer its workers with the metrics of all of them. */
export function answerMetricsRequests(): void {
  const registry = new AggregatorRegistry();
  const answer = async (worker: Worker) => {
    // Fails after five seconds, for example because a worker has ended since.
    const text = await registry.clusterMetrics().catch(() => undefined);
    if (worker.isConnected()) worker.send({ type: RESPONSE, ...(text !== undefined && { text }) });
  };
  cluster.on("message", (worker, message: unknown) => {
    if (isMessage(message, REQUEST)) void answer(worker);
  });
}

/**
 * Lets the primary read the registries of this worker.
 * @returns a function that returns the metrics of all workers. It throws AppError OVERLOADED if one does not respond
 */
export function createAggregatedMetrics(registries: Registry[]): () => Promise<string> {
  AggregatorRegistry.setRegistries(registries);
  // Its constructor adds the listener for requests of the primary.
  new AggregatorRegistry();
  let pending: Promise<string> | undefined;
  return () => {
    pending ??= requestMetrics().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}

function requestMetrics(): Promise<string> {
  return new Promise((resolve, reject) => {
    const receive = (message: unknown) => {
      if (!isMessage(message, RESPONSE)) return;
      process.off("message", receive);
      if (message.text !== undefined) resolve(message.text);
      else reject(unresponsiveError());
    };
    process.on("message", receive);
    process.send?.({ type: REQUEST } satisfies MetricsMessage);
  });
}

const unresponsiveError = () =>
  new AppError("OVERLOADED", "A web process did not send its metrics in time.", {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

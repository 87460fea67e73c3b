import cluster, { type Worker as ClusterWorker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "#app/log.server.ts";
import type { ReadyMessage } from "./worker.server.ts";

/** Delays before a worker is replaced: none for the first, so that one crash hardly matters. */
const REPLACEMENT_DELAYS_MS = [0, 250, 500, 1_000, 5_000];
/** A worker that ran for this long resets the delay. */
const STABLE_AFTER_MS = 30_000;

/** The first worker ended before it was ready. */
export class WorkerStartError extends Error {
  override readonly name = "WorkerStartError";
  /** A worker that exits by itself has logged the reason. */
  readonly alreadyLogged: boolean;

  constructor({ code, signal }: Exit) {
    super(
      signal === null
        ? "A web process could not be started."
        : `A web process was ended by ${signal} during its start.`,
    );
    this.alreadyLogged = code !== null;
  }
}

interface WorkerOptions {
  /** The path of the program. */
  program: string;
  count: number;
  /** Variables in addition to those of this process. */
  environment: Record<string, string>;
  /** Ends a start in progress. */
  signal: AbortSignal;
}

interface Workers {
  /** The port on which they listen. */
  port: number;
  pids: number[];
  /** Shuts them down gracefully, and waits until they have ended. */
  stop(): Promise<void>;
}

interface Exit {
  code: number | null;
  signal: string | null;
}

interface Worker {
  pid: number | undefined;
  ready: Promise<ReadyMessage>;
  exited: Promise<Exit>;
}

/**
 * Starts the workers and replaces each one that ends. The first one starts alone, so that a start that cannot succeed
 * fails once.
 * @throws WorkerStartError; the reason of `signal`, after all have ended
 */
export async function startWorkers({ program, count, environment, signal }: WorkerOptions): Promise<Workers> {
  cluster.setupPrimary({ exec: program });
  // Also after a deadline or a second signal, and for a worker that does not react.
  process.once("exit", () => signalWorkers("SIGKILL"));
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    signalWorkers("SIGTERM");
  };
  signal.addEventListener("abort", stop);
  const fork = () => forkWorker(environment);
  const first = fork();
  const { port } = await Promise.race([
    first.ready,
    first.exited.then((exit) => Promise.reject(new WorkerStartError(exit))),
  ]);
  if (signal.aborted) await first.exited;
  signal.throwIfAborted();
  const workers = [first, ...Array.from({ length: count - 1 }, fork)];
  const supervised = workers.map((worker) => replaceUntilStopped(worker, fork, stopping.signal));
  await Promise.all(workers.map(({ ready, exited }) => Promise.race([ready, exited])));
  if (signal.aborted) await Promise.all(supervised);
  signal.throwIfAborted();
  return {
    port,
    pids: workers.flatMap(({ pid }) => pid ?? []),
    async stop() {
      stop();
      await Promise.all(supervised);
    },
  };
}

/** The workers that have not ended. `cluster.workers` lacks those whose port is closed. */
const running = new Set<ClusterWorker>();

function signalWorkers(signal: NodeJS.Signals): void {
  for (const worker of running) worker.process.kill(signal);
}

function forkWorker(environment: Record<string, string>): Worker {
  const worker = cluster.fork(environment);
  running.add(worker);
  const ready = new Promise<ReadyMessage>((resolve) => {
    // A worker may ask for metrics before: it listens already.
    worker.on("message", (message: object) => {
      if ("port" in message) resolve(message as ReadyMessage);
      // Passes no more connections to the worker, and tells it to close its server.
      if ("closePort" in message) worker.disconnect();
    });
  });
  const exited = new Promise<Exit>((resolve) => {
    worker.once("exit", (code, signal) => {
      running.delete(worker);
      resolve({ code, signal });
    });
    // Also emitted when a connection is passed to a worker that has just died: without a listener it would end the primary.
    worker.on("error", (err) => {
      log.warn({ err, worker: worker.process.pid }, "web process unreachable");
      if (worker.process.pid !== undefined) return;
      running.delete(worker);
      resolve({ code: null, signal: null });
    });
  });
  return { pid: worker.process.pid, ready, exited };
}

async function replaceUntilStopped(first: Worker, fork: () => Worker, stopping: AbortSignal): Promise<void> {
  let worker = first;
  for (let failures = 0; ; failures++) {
    const startedAt = performance.now();
    const exit = await worker.exited;
    if (stopping.aborted) return;
    if (performance.now() - startedAt > STABLE_AFTER_MS) failures = 0;
    const delayMs = REPLACEMENT_DELAYS_MS[Math.min(failures, REPLACEMENT_DELAYS_MS.length - 1)];
    log.error({ worker: worker.pid, ...exit, delayMs }, "web process ended unexpectedly, replacing it");
    await sleep(delayMs, undefined, { signal: stopping }).catch(() => undefined);
    if (stopping.aborted) return;
    const replacement = fork();
    void replacement.ready.then(() => log.info({ worker: replacement.pid }, "web process replaced"));
    worker = replacement;
  }
}

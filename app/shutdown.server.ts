import { log } from "./log.server.ts";

/** The terminal and npm may each forward the same Ctrl-C: within this time it counts as one signal. */
const SAME_SIGNAL_MS = 500;

/** Closes what a process has open. */
export type ShutDown = () => Promise<void>;

interface ShutdownOptions {
  /** After this time the process exits even if it has not closed everything. */
  deadlineMs: number;
  /** Whether a second signal ends the process at once with exit code 1. */
  secondSignalExits?: boolean;
}

/**
 * Starts the process, and shuts it down on signals from now on. A process with the id 1, as in a container, ignores a
 * signal without a handler, and would be killed with its embedded database during a start.
 * @param start returns how to shut down; a signal aborts its argument, and then it rejects unless it is complete
 * @throws the error of `start`, unless a signal has ended it
 */
export async function runUntilSignaled(
  start: (signal: AbortSignal) => Promise<ShutDown>,
  options: ShutdownOptions,
): Promise<void> {
  const starting = new AbortController();
  const started = start(starting.signal);
  shutDownOnSignals(async () => {
    starting.abort(new Error("The start was ended by a signal."));
    const shutDown = await started.catch(() => undefined);
    await shutDown?.();
  }, options);
  await started.catch((error) => {
    // The shutdown exits with its own code.
    if (!starting.signal.aborted) throw error;
  });
}

/** Shuts the process down on SIGTERM and SIGINT with exit code 0, and on an uncaught error with exit code 1. */
function shutDownOnSignals(
  shutDown: ShutDown,
  { deadlineMs, secondSignalExits = true }: ShutdownOptions,
): void {
  let startedAt: number | undefined;

  async function run(code: number): Promise<void> {
    startedAt = performance.now();
    setTimeout(() => {
      log.warn({ deadlineMs }, "shutdown deadline exceeded");
      process.exit(code);
    }, deadlineMs).unref();
    try {
      await shutDown();
      log.info({}, "shutdown complete");
      process.exit(code);
    } catch (err) {
      log.fatal({ err }, "shutdown failed");
      process.exit(1);
    }
  }

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (startedAt === undefined) {
        log.info({ signal }, "shutting down");
        void run(0);
      } else if (secondSignalExits && performance.now() - startedAt > SAME_SIGNAL_MS) process.exit(1);
    });
  }
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (err) => {
      log.fatal({ err, event }, "uncaught error, shutting down");
      if (startedAt === undefined) void run(1);
    });
  }
}

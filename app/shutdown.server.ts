import { log } from "./log.server.ts";

/** The terminal and npm may each forward the same Ctrl-C: within this time it counts as one signal. */
const SAME_SIGNAL_MS = 500;

/**
 * Shuts the process down on SIGTERM and SIGINT with exit code 0, and on an uncaught error with exit code 1.
 * @param shutDown closes what the process has open
 * @param options.deadlineMs after this time the process exits even if `shutDown` has not finished
 * @param options.secondSignalExits whether a second signal ends the process at once with exit code 1
 */
export function shutDownOnSignals(
  shutDown: () => Promise<void>,
  { deadlineMs, secondSignalExits = true }: { deadlineMs: number; secondSignalExits?: boolean },
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

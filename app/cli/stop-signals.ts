const FORCED_EXIT_MS = 5_000;
/** npm, tsx and the terminal may each forward the same Ctrl-C. */
const SAME_SIGNAL_MS = 500;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Returns a signal that SIGINT or SIGTERM aborts. A seed then stops after its current batch, and a migration runs to its
 * end. The process exits five seconds later, or at a second signal: PostgreSQL rolls back what is not committed, and an
 * embedded server stops by itself.
 */
export function abortOnStopSignals(): AbortSignal {
  const controller = new AbortController();
  let stoppedAtMs: number | undefined;
  for (const [name, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(name, () => {
      if (stoppedAtMs !== undefined) {
        if (performance.now() - stoppedAtMs >= SAME_SIGNAL_MS) process.exit(exitCode);
        return;
      }
      stoppedAtMs = performance.now();
      process.exitCode = exitCode;
      controller.abort(new Error("stopped"));
      setTimeout(() => process.exit(exitCode), FORCED_EXIT_MS).unref();
    });
  }
  return controller.signal;
}

import { log } from "#app/log.server.ts";
import { purgeDeletedTasks } from "#app/repositories/deleted-tasks.server.ts";
import { removeExpiredSessions } from "#app/repositories/identity/sessions.server.ts";

/** A deleted task can be restored for this long. */
export const UNDO_MINUTES = 60;
const INTERVAL_MS = 10 * 60 * 1000;

/** Removes expired deleted tasks and expired sessions. Several processes may run it at once. */
export async function cleanUp(signal?: AbortSignal): Promise<void> {
  await purgeDeletedTasks(UNDO_MINUTES);
  signal?.throwIfAborted();
  await removeExpiredSessions();
}

let running: AbortController | undefined;

/** Cleans up now and every ten minutes until `stopHousekeeping`. Failures are logged; the next run makes up for them. */
export function startHousekeeping(): void {
  stopHousekeeping();
  running = new AbortController();
  const { signal } = running;
  const run = () => {
    cleanUp(signal).catch((err) => {
      // At shutdown the closing pool aborts a query that waits for a connection.
      if (!signal.aborted) log.warn({ err }, "housekeeping failed");
    });
  };
  run();
  const timer = setInterval(run, INTERVAL_MS).unref();
  signal.addEventListener("abort", () => clearInterval(timer));
}

/** Stops the timer and ignores the outcome of a run in progress. Call it before the database closes. */
export function stopHousekeeping(): void {
  running?.abort();
  running = undefined;
}

import { log } from "#app/log.server.ts";
import { eraseDeletedTasks } from "#app/repositories/deleted-tasks.server.ts";
import { removeEndedSessions } from "#app/repositories/sessions.server.ts";

/** For so long a deletion can be undone; then the task is erased. */
export const UNDO_MINUTES = 60;
const EVERY_MS = 10 * 60 * 1000;

/** Erases what is kept for nothing any more. Several processes may do it at once. */
export async function cleanUp(): Promise<void> {
  await eraseDeletedTasks(UNDO_MINUTES);
  await removeEndedSessions();
}

/** Tidies up now and every ten minutes; what fails is made up for by the next time. */
export function startHousekeeping(): void {
  const tidy = () => {
    cleanUp().catch((err) => log.warn({ err }, "housekeeping has to wait for the next time"));
  };
  tidy();
  setInterval(tidy, EVERY_MS).unref();
}

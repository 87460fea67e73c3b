import type { RequestListener } from "#app/http/server/node-server.server.ts";
import { startHousekeeping, stopHousekeeping } from "#app/services/housekeeping.server.ts";
import { shutDownOnSignals } from "#app/shutdown.server.ts";
import { openStorage, prepareDatabase } from "#app/storage.server.ts";
import { logReady } from "./ready.server.ts";
import { shutdownDeadlineMs, startWebServer } from "./web-server.server.ts";

/**
 * Runs everything in this process: the database, the web server and housekeeping.
 * @param createListener is called when the database is open
 * @throws Error with a message of one line
 */
export async function startSingleProcess(createListener: () => RequestListener): Promise<void> {
  const database = await prepareDatabase();
  const closeStorage = openStorage(database.url);
  const { port, shutDown } = await startWebServer(createListener(), async () => {
    stopHousekeeping();
    await closeStorage();
    await database.stop();
  });
  startHousekeeping();
  shutDownOnSignals(shutDown, { deadlineMs: shutdownDeadlineMs() });
  logReady({ port });
}

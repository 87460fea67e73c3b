import type { RequestListener } from "#app/http/server/node-server.server.ts";
import { startHousekeeping, stopHousekeeping } from "#app/services/housekeeping.server.ts";
import { checkMailServer } from "#app/services/mail/mailer.server.ts";
import type { ShutDown } from "#app/shutdown.server.ts";
import { openStorage, prepareDatabase } from "#app/storage.server.ts";
import { logReady } from "./ready.server.ts";
import { startWebServer } from "./web-server.server.ts";

/**
 * Runs everything in this process: the database, the web server and housekeeping.
 * @param createListener is called when the database is open
 * @param signal ends a start in progress
 * @returns how to shut down
 * @throws Error with a message of one line
 */
export async function startSingleProcess(
  createListener: () => RequestListener,
  signal: AbortSignal,
): Promise<ShutDown> {
  const database = await prepareDatabase(signal);
  const closeStorage = openStorage(database.url);
  const { port, shutDown } = await startWebServer(createListener(), async () => {
    stopHousekeeping();
    await closeStorage();
    await database.stop();
  });
  startHousekeeping();
  checkMailServer();
  logReady({ port });
  return shutDown;
}

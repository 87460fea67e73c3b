import { env } from "#app/env.server.ts";
import { startHousekeeping, stopHousekeeping } from "#app/services/housekeeping.server.ts";
import { shutDownOnSignals } from "#app/shutdown.server.ts";
import { openHousekeepingConnection, type PreparedDatabase, prepareDatabase } from "#app/storage.server.ts";
import { logReady } from "./ready.server.ts";
import { shutdownDeadlineMs } from "./web-server.server.ts";
import { startWorkers } from "./workers.server.ts";

/** What the workers cannot find out themselves, because this process creates it. They inherit all other variables. */
function workerEnvironment({ url }: PreparedDatabase): Record<string, string> {
  const { JWT_SECRET, SESSION_SECRET, BETTER_AUTH_SECRET } = env();
  return { DATABASE_URL: url, JWT_SECRET, SESSION_SECRET: SESSION_SECRET.join(","), BETTER_AUTH_SECRET };
}

/**
 * Runs what an instance does once: the embedded database, the secrets, the migrations and housekeeping. Its workers serve
 * the requests.
 * @param program the path of the program of the workers
 * @throws Error with a message of one line; WorkerStartError
 */
export async function startPrimary(program: string): Promise<void> {
  const database = await prepareDatabase();
  const options = { program, count: env().WEB_CONCURRENCY, environment: workerEnvironment(database) };
  const workers = await startWorkers(options).catch(async (error) => {
    await database.stop();
    throw error;
  });
  const closeConnection = openHousekeepingConnection(database.url);
  startHousekeeping();
  const shutDown = async () => {
    await workers.stop();
    stopHousekeeping();
    await closeConnection();
    await database.stop();
  };
  shutDownOnSignals(shutDown, { deadlineMs: shutdownDeadlineMs() });
  logReady({ port: workers.port, workers: workers.pids });
}

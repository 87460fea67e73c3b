import { env, spaceSecretsForWorkers } from "#app/env.server.ts";
import { answerMetricsRequests } from "#app/http/observability/aggregated-metrics.server.ts";
import { startHousekeeping, stopHousekeeping } from "#app/services/housekeeping.server.ts";
import { checkMailServer } from "#app/services/mail/mailer.server.ts";
import type { ShutDown } from "#app/shutdown.server.ts";
import { openHousekeepingConnection, type PreparedDatabase, prepareDatabase } from "#app/storage.server.ts";
import { logReady } from "./ready.server.ts";
import { startWorkers } from "./workers.server.ts";

/**
 * The variables that workers cannot determine, because this process creates their values. They inherit all other
 * variables, except the right to change the schema: an empty variable counts as unset, unless HF_SPACE_SECRETS has it.
 */
function workerEnvironment({ url }: PreparedDatabase): Record<string, string> {
  const { JWT_SECRET, SESSION_SECRET, BETTER_AUTH_SECRET } = env();
  return {
    DATABASE_URL: url,
    MIGRATION_DATABASE_URL: "",
    HF_SPACE_SECRETS: spaceSecretsForWorkers(),
    JWT_SECRET: JWT_SECRET.join(","),
    SESSION_SECRET: SESSION_SECRET.join(","),
    BETTER_AUTH_SECRET: BETTER_AUTH_SECRET.join(","),
  };
}

/**
 * Runs what an instance does once: the embedded database, the secrets, the migrations and housekeeping. Its workers serve
 * the requests.
 * @param program the path of the program of the workers
 * @param signal ends a start in progress
 * @returns how to shut down
 * @throws Error with a message of one line; WorkerStartError
 */
export async function startPrimary(program: string, signal: AbortSignal): Promise<ShutDown> {
  const database = await prepareDatabase(signal);
  const environment = workerEnvironment(database);
  if (env().METRICS_TOKEN) answerMetricsRequests();
  const workers = await startWorkers({ program, count: env().WEB_CONCURRENCY, environment, signal }).catch(
    async (error) => {
      await database.stop();
      throw error;
    },
  );
  const closeConnection = openHousekeepingConnection(database.url);
  startHousekeeping();
  checkMailServer();
  logReady({ port: workers.port, workers: workers.pids });
  return async () => {
    await workers.stop();
    stopHousekeeping();
    await closeConnection();
    await database.stop();
  };
}

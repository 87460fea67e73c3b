import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { withMaintenanceConnection } from "#db/connection.ts";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import { readPidFile } from "#db/embedded/pid-file.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { silentLog } from "../support/test-database.ts";

/** Starts an empty, migrated PostgreSQL in a temporary folder, with durability as in production. */
export async function openBenchDatabase() {
  const dataDir = await temporaryFolder();
  const database = await startEmbedded({ dataDir, log: silentLog, maxConnections: 200 });
  await withMaintenanceConnection(database.url, migrateToLatest);
  const postmaster = await readPidFile(database.dataFolder);
  return {
    url: database.url,
    postmasterPid: postmaster?.pid ?? 0,
    async stop() {
      await database.stop();
      for (const folder of [dirname(database.dataFolder), dataDir])
        await rm(folder, { recursive: true, force: true });
    },
  };
}

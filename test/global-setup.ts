import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import knex from "knex";
import { ensureBuild } from "#app/fresh-build.js";
import { startEmbedded } from "#db/embedded/index.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { createTestDatabase, silent } from "./database.ts";

/** One PostgreSQL for the whole run, a migrated database to copy from, and a build of the present sources. */
export default async function setup(): Promise<() => Promise<void>> {
  ensureBuild();
  const dataDir = await mkdtemp(join(tmpdir(), "tock-tests-"));
  // Root's database runs under another account, which has to get through.
  await chmod(dataDir, 0o711);
  const database = await startEmbedded({ dataDir, log: silent, throwaway: true, maxConnections: 300 });
  process.env.TEST_DATABASE_URL = database.url;
  process.env.TEST_DATABASE_TEMPLATE = await migratedTemplate();
  return async () => {
    await database.stop();
    // Elsewhere than in dataDir if even the temporary folder is out of that account's reach.
    for (const folder of [dirname(database.dataFolder), dataDir])
      await rm(folder, { recursive: true, force: true });
  };
}

async function migratedTemplate(): Promise<string> {
  const { url } = await createTestDatabase();
  const connection = knex({ client: "pg", connection: url });
  await migrateToLatest(connection).finally(() => connection.destroy());
  return new URL(url).pathname.slice(1);
}

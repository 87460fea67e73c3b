import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import knex from "knex";
import { ensureBuild } from "#app/ensure-build.js";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import { RUNTIME_ROLE, renewRuntimeRole } from "#db/embedded/runtime-role.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { browserProgram } from "./browser.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { createTestDatabase, silentLog } from "./test-database.ts";

/**
 * Builds the app if its sources changed, starts one PostgreSQL for the whole run, and migrates a template database.
 * TOCK_TEST_POSTGRES (a superuser's URL) replaces the embedded PostgreSQL, to test other versions.
 */
export default async function setup(): Promise<() => Promise<void>> {
  ensureBuild();
  const { url, stop } = process.env.TOCK_TEST_POSTGRES
    ? { url: process.env.TOCK_TEST_POSTGRES, stop: async () => undefined }
    : await startTestDatabase();
  process.env.TEST_BROWSER = await browserProgram();
  process.env.TEST_DATABASE_URL = url;
  process.env.TEST_RUNTIME_DATABASE_URL = await renewRuntimeRole(url);
  process.env.TEST_DATABASE_TEMPLATE = await migratedTemplate();
  return stop;
}

async function startTestDatabase() {
  const dataDir = await temporaryFolder();
  const database = await startEmbedded({ dataDir, log: silentLog, throwaway: true, maxConnections: 300 });
  const stop = async () => {
    await database.stop();
    // Outside dataDir when that account cannot enter the temporary folder.
    const folders = [dirname(database.dataFolder), dataDir];
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  };
  return { url: database.url, stop };
}

async function migratedTemplate(): Promise<string> {
  const { url } = await createTestDatabase();
  const connection = knex({ client: "pg", connection: url });
  await migrateToLatest(connection, RUNTIME_ROLE).finally(() => connection.destroy());
  return new URL(url).pathname.slice(1);
}

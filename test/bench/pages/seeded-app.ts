import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ensureBuild } from "#app/ensure-build.js";
import { hashPassword } from "#app/services/passwords.server.ts";
import { withMaintenanceConnection } from "#db/connection.ts";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import { DEMO_EMAIL } from "#db/seed/demo-account.ts";
import { seed } from "#db/seed/seed.ts";
import { startApp } from "../../support/app-server.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { silentLog } from "../../support/test-database.ts";
import { PASSWORD, signIn } from "../../support/users.ts";

const TASKS = 40;

/** Starts the built application on an embedded PostgreSQL of its own and signs in the seeded demo account. */
export async function startSeededApp() {
  ensureBuild();
  const dataDir = await temporaryFolder();
  const database = await startEmbedded({ dataDir, log: silentLog, throwaway: true });
  const app = await startApp({ DATABASE_URL: database.url });
  const passwordHash = await hashPassword(PASSWORD);
  const { signal } = new AbortController();
  const onProgress = () => undefined;
  await withMaintenanceConnection(database.url, (knex) =>
    seed(knex, { users: 0, tasks: TASKS, seed: 1, passwordHash, signal, onProgress }),
  );
  const { cookie } = await signIn(app.url, DEMO_EMAIL, PASSWORD);
  const stop = async () => {
    await app.stop();
    await database.stop();
    for (const folder of [dirname(database.dataFolder), dataDir])
      await rm(folder, { recursive: true, force: true });
  };
  return { url: app.url, cookie, stop };
}

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startEmbedded } from "#db/embedded/index.ts";

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One PostgreSQL for the whole run; each test file makes its databases on it. */
export default async function setup(): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), "tock-tests-"));
  // Root's database runs under another account, which has to get through.
  await chmod(dataDir, 0o711);
  const database = await startEmbedded({ dataDir, log: silent, throwaway: true, maxConnections: 200 });
  process.env.TEST_DATABASE_URL = database.url;
  return async () => {
    await database.stop();
    // Elsewhere than in dataDir if even the temporary folder is out of that account's reach.
    for (const folder of [dirname(database.dataFolder), dataDir])
      await rm(folder, { recursive: true, force: true });
  };
}

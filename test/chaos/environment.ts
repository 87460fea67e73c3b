import { attachOrStartEmbedded } from "#db/embedded/embedded-database.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { cleanUp, temporaryFolder } from "../support/embedded-process.ts";
import { createTestDatabase, silentLog } from "../support/test-database.ts";
import { signUp, type TestUser } from "../support/users.ts";

/** Limits that no scene reaches: it is not they that are on trial. */
export const UNLIMITED_RATES = {
  RATE_LIMIT_AUTH_PER_MINUTE: "1000000",
  RATE_LIMIT_TASKS_PER_MINUTE: "1000000",
};

/** Notes what has to be ended after a scene, in reverse order. */
export type Defer = (end: () => unknown) => void;

/**
 * Runs a scene, and ends whatever it started, however it ends.
 * @param signal ends it early
 */
export async function runWithCleanup<T>(
  signal: AbortSignal,
  scene: (defer: Defer) => Promise<T>,
): Promise<T> {
  const endings: (() => unknown)[] = [];
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
  stopped.catch(() => undefined);
  const playing = scene((end) => void endings.push(end));
  try {
    return await Promise.race([playing, stopped]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
    playing.catch(() => undefined);
    for (let end = endings.pop(); end; end = endings.pop())
      await Promise.resolve(end()).catch(() => undefined);
  }
}

/** A started copy of the built server with somebody signed up, and the way to its database past all that is between. */
export interface ChaosEnvironment {
  tock: AppServer;
  person: TestUser;
  databaseUrl: string;
}

/** A Tock that runs a PostgreSQL of its own, as `npm start` does: durable, and started again if it dies. */
export async function withEmbeddedDatabase(
  defer: Defer,
  env = {},
): Promise<ChaosEnvironment & { dataFolder: string }> {
  defer(cleanUp);
  const dataDir = await temporaryFolder();
  const tock = await startApp({ DATABASE_URL: "", DATA_DIR: dataDir, ...UNLIMITED_RATES, ...env });
  defer(() => tock.stop());
  const { url, dataFolder } = await attachOrStartEmbedded({ dataDir, log: silentLog });
  return { tock, databaseUrl: url, dataFolder, person: await signUp(tock.url) };
}

/** A Tock with a database on the server of the run, reached through a proxy that can be cut. */
export async function withDatabaseProxy(
  defer: Defer,
  env = {},
): Promise<ChaosEnvironment & { proxy: DatabaseProxy }> {
  const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  defer(() => database.drop());
  const proxy = await startDatabaseProxy(database.url);
  defer(() => proxy.close());
  const tock = await startApp({ DATABASE_URL: proxy.url, ...UNLIMITED_RATES, ...env });
  defer(() => tock.stop());
  // A Tock that is to stop must not wait for a database that does not answer.
  defer(() => proxy.heal());
  return { tock, proxy, databaseUrl: database.url, person: await signUp(tock.url) };
}

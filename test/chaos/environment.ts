import { fileURLToPath } from "node:url";
import { attachOrStartEmbedded } from "#db/embedded/embedded-database.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { cleanUp } from "../support/embedded-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createTestDatabase, silentLog } from "../support/test-database.ts";
import { signUp, type TestUser } from "../support/users.ts";

export const CLOCK_STEP_MS = 60 * 60 * 1000;
/** For a server whose wall clock SIGUSR2 steps back by CLOCK_STEP_MS. */
export const STEPPABLE_CLOCK = {
  CLOCK_STEP_MS: String(CLOCK_STEP_MS),
  NODE_OPTIONS: `--import=${fileURLToPath(new URL("./clock-step.js", import.meta.url))}`,
};

/** Registers a function that runs after the scenario, in reverse order of registration. */
export type Defer = (cleanup: () => unknown) => void;

/**
 * Runs a scenario, then its deferred clean-up functions, also after a failure.
 * @param signal rejects with its reason when aborted
 */
export async function runWithCleanup<T>(
  signal: AbortSignal,
  scenario: (defer: Defer) => Promise<T>,
): Promise<T> {
  const cleanups: (() => unknown)[] = [];
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
  });
  aborted.catch(() => undefined);
  const running = scenario((cleanup) => void cleanups.push(cleanup));
  try {
    return await Promise.race([running, aborted]);
  } finally {
    if (onAbort) signal.removeEventListener("abort", onAbort);
    running.catch(() => undefined);
    for (const cleanup of cleanups.reverse()) {
      try {
        await cleanup();
      } catch {
        // The other clean-up functions must still run.
      }
    }
  }
}

/** The built server with one signed-up user, and the URL of its database without a proxy. */
export interface ChaosEnvironment {
  app: AppServer;
  user: TestUser;
  databaseUrl: string;
}

/** Starts a server with an embedded PostgreSQL, as `npm start` does: durable, and supervised. */
export async function withEmbeddedDatabase(
  defer: Defer,
  env = {},
): Promise<ChaosEnvironment & { dataFolder: string }> {
  defer(cleanUp);
  const dataDir = await temporaryFolder();
  const app = await startApp({ DATABASE_URL: "", DATA_DIR: dataDir, ...env });
  defer(() => app.stop());
  const { url, dataFolder } = await attachOrStartEmbedded({ dataDir, log: silentLog });
  return { app, databaseUrl: url, dataFolder, user: await signUp(app.url) };
}

/** Starts a server with a database on the shared PostgreSQL, reached through a proxy that can fail. */
export async function withDatabaseProxy(
  defer: Defer,
  env = {},
): Promise<ChaosEnvironment & { proxy: DatabaseProxy }> {
  const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  defer(() => database.drop());
  const proxy = await startDatabaseProxy(database.url);
  defer(() => proxy.close());
  const app = await startApp({ DATABASE_URL: proxy.url, ...env });
  defer(() => app.stop());
  // The server closes its connections when it stops, which needs a proxy that forwards.
  defer(() => proxy.heal());
  return { app, proxy, databaseUrl: database.url, user: await signUp(app.url) };
}

import { attachOrStartEmbedded } from "#db/embedded/index.ts";
import { createTestDatabase, silent } from "../database.ts";
import { cleanUp, temporaryFolder } from "../fixtures/tock-process.ts";
import { type Person, signUp } from "../person.ts";
import { type DatabaseProxy, startProxy } from "../proxy.ts";
import { startTock, type Tock } from "../tock.ts";

/** Limits that no scene reaches: it is not they that are on trial. */
export const UNLIMITED = { RATE_LIMIT_AUTH_PER_MINUTE: "1000000", RATE_LIMIT_TASKS_PER_MINUTE: "1000000" };

/** Notes what has to be ended after a scene, in reverse order. */
export type Defer = (end: () => unknown) => void;

/**
 * Runs a scene, and ends whatever it started, however it ends.
 * @param signal ends it early
 */
export async function play<T>(signal: AbortSignal, scene: (defer: Defer) => Promise<T>): Promise<T> {
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
export interface Stage {
  tock: Tock;
  person: Person;
  databaseUrl: string;
}

/** A Tock that runs a PostgreSQL of its own, as `npm start` does: durable, and started again if it dies. */
export async function onItsOwn(defer: Defer, env = {}): Promise<Stage & { dataFolder: string }> {
  defer(cleanUp);
  const dataDir = await temporaryFolder();
  const tock = await startTock({ DATABASE_URL: "", DATA_DIR: dataDir, ...UNLIMITED, ...env });
  defer(() => tock.stop());
  const { url, dataFolder } = await attachOrStartEmbedded({ dataDir, log: silent });
  return { tock, databaseUrl: url, dataFolder, person: await signUp(tock.url) };
}

/** A Tock with a database on the server of the run, reached through a proxy that can be cut. */
export async function behindProxy(defer: Defer, env = {}): Promise<Stage & { proxy: DatabaseProxy }> {
  const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  defer(() => database.drop());
  const proxy = await startProxy(database.url);
  defer(() => proxy.close());
  const tock = await startTock({ DATABASE_URL: proxy.url, ...UNLIMITED, ...env });
  defer(() => tock.stop());
  // A Tock that is to stop must not wait for a database that does not answer.
  defer(() => proxy.heal());
  return { tock, proxy, databaseUrl: database.url, person: await signUp(tock.url) };
}

import { env } from "#app/env.server.ts";
import type { RequestListener } from "#app/http/server/node-server.server.ts";
import type { ShutDown } from "#app/shutdown.server.ts";
import { openStorage } from "#app/storage.server.ts";
import { startWebServer } from "./web-server.server.ts";

/** Sent to the primary when the worker serves requests. */
export interface ReadyMessage {
  port: number;
}

/**
 * Runs the web server of a worker. The primary has prepared the database. Node ends this process when the primary ends.
 * @param createListener is called when the database is open
 * @returns how to shut down
 * @throws Error with a message of one line
 */
export async function startWorker(createListener: () => RequestListener): Promise<ShutDown> {
  const closeStorage = openStorage(env().DATABASE_URL ?? "");
  const { port, shutDown } = await startWebServer(createListener(), closeStorage);
  process.send?.({ port } satisfies ReadyMessage);
  return shutDown;
}

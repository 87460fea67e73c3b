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
 * Asks the primary to close the port of this worker. If the worker did so itself, a connection that the primary passes to it
 * at that moment would come back to the primary, and wait there until it ends.
 */
export const CLOSE_PORT_MESSAGE = { closePort: true };

/**
 * Runs the web server of a worker. The primary has prepared the database. Node ends this process when the primary ends.
 * @param createListener is called when the database is open
 * @returns how to shut down
 * @throws Error with a message of one line
 */
export async function startWorker(createListener: () => RequestListener): Promise<ShutDown> {
  const closeStorage = openStorage(env().DATABASE_URL ?? "");
  const { port, shutDown } = await startWebServer(
    createListener(),
    closeStorage,
    () => void process.send?.(CLOSE_PORT_MESSAGE),
  );
  process.send?.({ port } satisfies ReadyMessage);
  return shutDown;
}

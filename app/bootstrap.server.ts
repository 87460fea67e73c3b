import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { env } from "./env.server.ts";
import { gracefulShutdown } from "./http/server/graceful-shutdown.server.ts";
import { type RequestListener, startHttpServer } from "./http/server/node-server.server.ts";
import { log } from "./log.server.ts";
import { startHousekeeping, stopHousekeeping } from "./services/housekeeping.server.ts";
import { shutDownOnSignals } from "./shutdown.server.ts";
import { explainStartupError } from "./startup-error.server.ts";
import { openStorage, type StorageHandle } from "./storage.server.ts";

/** With the default delay 9.5 s in total: Docker and Hugging Face send SIGKILL 10 s after SIGTERM. */
const DRAIN_MS = 8_000;
const CLOSE_STORAGE_MS = 1_000;

async function listen(listener: RequestListener, storage: StorageHandle): Promise<Server> {
  const { PORT, HOST } = env();
  try {
    return await startHttpServer(listener, PORT, HOST);
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/**
 * Opens and migrates the database, listens, and installs the signal handlers of the graceful shutdown. An error during
 * the start is logged in one line and ends the process with exit code 1.
 * @param createListener is called when the environment is valid and the database is open
 */
export async function startServer(createListener: () => RequestListener): Promise<void> {
  try {
    const { LOG_LEVEL, APP_URL, SHUTDOWN_DELAY_MS } = env();
    log.level = LOG_LEVEL;
    const storage = await openStorage();
    const server = await listen(createListener(), storage);
    startHousekeeping();
    const shutDown = async () => {
      await gracefulShutdown(server, { delayMs: SHUTDOWN_DELAY_MS, drainMs: DRAIN_MS });
      stopHousekeeping();
      await storage.close();
    };
    shutDownOnSignals(shutDown, SHUTDOWN_DELAY_MS + DRAIN_MS + CLOSE_STORAGE_MS);
    const { port } = server.address() as AddressInfo;
    log.info({ port, url: APP_URL ?? `http://localhost:${port}` }, "Tock is ready");
  } catch (error) {
    // The reason of a failed start is logged even with LOG_LEVEL=silent.
    if (log.level === "silent") log.level = "fatal";
    log.fatal({}, explainStartupError(error));
    process.exit(1);
  }
}

import type { AddressInfo } from "node:net";
import { env } from "#app/env.server.ts";
import { reportEndedRequests } from "#app/http/observability/observe-requests.server.ts";
import { type ClosePort, gracefulShutdown } from "#app/http/server/graceful-shutdown.server.ts";
import { type RequestListener, startHttpServer } from "#app/http/server/node-server.server.ts";
import { flushAccessLog } from "#app/log.server.ts";
import { drainBackground } from "#app/services/background.server.ts";

/** With the default delay 9.5 s in total: Docker and Hugging Face send SIGKILL 10 s after SIGTERM. */
const DRAIN_MS = 8_000;
const CLOSE_STORAGE_MS = 1_000;

/** Returns how long a shutdown may take. */
export const shutdownDeadlineMs = (): number => env().SHUTDOWN_DELAY_MS + DRAIN_MS + CLOSE_STORAGE_MS;

export interface WebServer {
  port: number;
  /** Completes the accepted requests, then closes the storage. */
  shutDown(): Promise<void>;
}

/**
 * Listens on PORT and HOST.
 * @param closeStorage is called at the end of the shutdown, or if the server cannot listen
 * @param closePort by default the server closes its port itself
 * @throws Error as `startHttpServer`
 */
export async function startWebServer(
  listener: RequestListener,
  closeStorage: () => Promise<void>,
  closePort?: ClosePort,
): Promise<WebServer> {
  const { PORT, HOST, SHUTDOWN_DELAY_MS } = env();
  const server = await startHttpServer(listener, PORT, HOST).catch(async (error) => {
    await closeStorage();
    throw error;
  });
  return {
    port: (server.address() as AddressInfo).port,
    async shutDown() {
      const drainedBy = performance.now() + SHUTDOWN_DELAY_MS + DRAIN_MS;
      await gracefulShutdown(server, { delayMs: SHUTDOWN_DELAY_MS, drainMs: DRAIN_MS, closePort });
      reportEndedRequests();
      await flushAccessLog();
      // Work that these requests have started, such as mails.
      await drainBackground(Math.max(0, drainedBy - performance.now()));
      await closeStorage();
    },
  };
}

import { once } from "node:events";
import type { Server } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const IDLE_CHECK_MS = 50;
const PORT_CHECK_MS = 10;
/** After the port has closed, the time for a client that has just connected to send its first request. */
const FIRST_REQUEST_MS = 500;

const openSockets = new WeakMap<Server, Set<Socket>>();

let shuttingDown = false;

/** @returns whether the process has received SIGTERM or SIGINT and accepts requests only for a moment longer */
export const isShuttingDown = (): boolean => shuttingDown;

/** Makes the connections of a server known to `gracefulShutdown`. */
export function trackSockets(server: Server): void {
  const sockets = new Set<Socket>();
  openSockets.set(server, sockets);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
}

/** Browsers connect in advance. Node does not count such a connection as idle: it waits for the headers of a request. */
function closeUnusedSockets(server: Server): void {
  for (const socket of openSockets.get(server) ?? []) if (socket.bytesRead === 0) socket.destroy();
}

/** Stops listening and closes idle connections, at once or a moment later. */
export type ClosePort = (server: Server) => void;

/**
 * Stops the server without losing an accepted request. During the delay `/health` answers 503 and every response
 * carries `Connection: close`, so load balancers and clients move away before the port closes. Then the server accepts
 * no more connections and finishes the requests in progress.
 * @param delayMs the time from now until the port closes
 * @param drainMs the time after that until the connections of unfinished requests are closed
 */
export async function gracefulShutdown(
  server: Server,
  {
    delayMs,
    drainMs,
    closePort = (own) => own.close(),
  }: { delayMs: number; drainMs: number; closePort?: ClosePort | undefined },
): Promise<void> {
  shuttingDown = true;
  await sleep(delayMs);
  const closed = once(server, "close");
  closePort(server);
  while (server.listening) await sleep(PORT_CHECK_MS);
  // Connections whose response was started before the shutdown become idle later.
  const idleCheck = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  // In the check phase, after what has arrived was read: on a busy machine a timer runs before it.
  const unusedCheck = setTimeout(() => setImmediate(closeUnusedSockets, server), FIRST_REQUEST_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(idleCheck);
  clearTimeout(unusedCheck);
  clearTimeout(deadline);
}

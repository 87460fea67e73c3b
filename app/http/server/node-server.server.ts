import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { env } from "#app/env.server.ts";
import { handleClientErrors } from "./client-error.server.ts";
import { stripUntrustedHeaders } from "./forwarded-headers.server.ts";
import { isShuttingDown, trackSockets } from "./graceful-shutdown.server.ts";
import { lingerAfterEarlyResponse } from "./lingering-close.server.ts";
import { acceptPipelinedRequest } from "./pipelining.server.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** The interval at which Node checks these two timeouts. They can be exceeded by this much. */
const TIMEOUT_CHECK_MS = 2_000;
/** Longer than the idle timeout of common load balancers, so that they close the connection and not the server. */
const KEEP_ALIVE_MS = 65_000;
/** Longer than any response takes: closes the connection of a client that reads nothing. */
const SOCKET_IDLE_MS = 60_000;

const prepare =
  (listener: RequestListener): RequestListener =>
  (request, response) => {
    if (!acceptPipelinedRequest(request, response)) return;
    stripUntrustedHeaders(request, env().TRUST_PROXY);
    lingerAfterEarlyResponse(request, response);
    if (isShuttingDown()) response.setHeader("Connection", "close");
    listener(request, response);
  };

/**
 * @returns the server, listening
 * @throws Error with `syscall` "listen" or "getaddrinfo" if it cannot listen
 */
export function startHttpServer(listener: RequestListener, port: number, host: string): Promise<Server> {
  const prepared = prepare(listener);
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The application rejects a request without Host, with a JSON body.
      requireHostHeader: false,
    },
    prepared,
  );
  // By default Node hides all headers after the thousandth, but its parser still obeys them (Content-Length, for one).
  server.maxHeadersCount = 0;
  server.timeout = SOCKET_IDLE_MS;
  // Node would answer an unknown Expect header by itself.
  server.on("checkExpectation", prepared);
  handleClientErrors(server);
  trackSockets(server);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

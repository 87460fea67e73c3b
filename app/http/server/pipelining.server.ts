import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { warnOncePerMinute } from "#app/log.server.ts";
import { plainError } from "./plain-response.server.ts";
import { rememberResponse } from "./unanswered-requests.server.ts";

/** Browsers send one request at a time per connection. */
const UNANSWERED_MAX = 10;
const RETRY_AFTER_SECONDS = 1;
/** How long the client may take to read the responses. */
const LINGER_MS = 5_000;

const rejectedSockets = new WeakSet<Socket>();
const logPipelining = warnOncePerMinute("too many pipelined requests on one connection");

/**
 * Limits the unanswered requests of one connection. Node parses pipelined requests as fast as they arrive and starts all
 * of them at once, so a single connection could occupy the whole server. The request beyond the limit gets 503 after the
 * responses before it, and the connection is closed; later requests on it are not read.
 * @returns whether the request may be processed
 */
export function acceptPipelinedRequest({ socket }: IncomingMessage, response: ServerResponse): boolean {
  if (rejectedSockets.has(socket)) return false;
  if (rememberResponse(response) <= UNANSWERED_MAX) return true;
  rejectConnection(socket, response);
  return false;
}

function rejectConnection(socket: Socket, response: ServerResponse): void {
  rejectedSockets.add(socket);
  logPipelining({ address: socket.remoteAddress });
  socket.pause();
  // Node resumes the socket at the end of each request.
  socket.on("resume", () => socket.pause());
  const { body, headers } = plainError("OVERLOADED", "Too many requests on this connection are unanswered.");
  // With "Connection: close" Node would close at once. Requests that are not read would then cause a reset, which discards
  // responses that the client has not read. `end` closes only this direction.
  const { Connection: _, ...lasting } = headers;
  response.once("finish", () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
  response.writeHead(503, { ...lasting, "Retry-After": RETRY_AFTER_SECONDS }).end(body);
}

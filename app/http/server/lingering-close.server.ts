import type { IncomingMessage, ServerResponse } from "node:http";

/** How long the rest of a request is still read after its response. */
const READ_MS = 20;
/** When the connection is destroyed: nginx's lingering_timeout. A busy client needs time to read the response first. */
const LINGER_MS = 5_000;

/**
 * Closes the connection of a request that was answered before its body was read to the end. Closing at once would send
 * a reset, which may overtake the response. Reading on for long would let the client upload without limit.
 */
export function lingerAfterEarlyResponse(request: IncomingMessage, response: ServerResponse): void {
  response.once("finish", () => {
    if (request.complete) return;
    const { socket } = request;
    setTimeout(() => request.complete || socket.pause(), READ_MS).unref();
    setTimeout(() => request.complete || socket.destroy(), LINGER_MS).unref();
  });
}

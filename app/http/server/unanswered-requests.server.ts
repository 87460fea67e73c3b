import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** The responses of each connection that have not been sent to their end, oldest first. */
const unanswered = new WeakMap<Duplex, Set<ServerResponse>>();

/** A shared listener, so that a request costs no closure. */
function forgetResponse(this: ServerResponse): void {
  unanswered.get(this.req.socket)?.delete(this);
}

/** Remembers a response until it is sent or its connection is closed. @returns the number of those of its connection */
export function rememberResponse(response: ServerResponse): number {
  const { socket } = response.req;
  let responses = unanswered.get(socket);
  if (!responses) {
    responses = new Set();
    unanswered.set(socket, responses);
  }
  responses.add(response);
  response.once("close", forgetResponse);
  return responses.size;
}

/**
 * Whether an error that the HTTP parser reports can be answered: nothing else may be unanswered than the request that the
 * error belongs to. Otherwise the client would take the answer for that of an earlier request, or for a part of it.
 */
export function canAnswerParserError(socket: Duplex): boolean {
  const responses = unanswered.get(socket);
  if (!responses) return true;
  return [...responses].every(({ req, headersSent }) => !req.complete && !headersSent);
}

import { getRequestListener } from "@hono/node-server";
import type { RequestListener } from "./node-server.server.ts";
import { unreadableRequestError } from "./unreadable-request.server.ts";

/**
 * Makes a listener of Node's server from a fetch handler. The library's own clean-up of unread bodies is off: it closes the
 * connection after 0.5 s, and the reset can discard a response that a busy client has not read yet.
 * `lingerAfterEarlyResponse` closes it later.
 */
export const createRequestListener = (fetch: Parameters<typeof getRequestListener>[0]): RequestListener =>
  getRequestListener(fetch, { errorHandler: unreadableRequestError, autoCleanupIncoming: false });

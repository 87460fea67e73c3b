import type { ServerResponse } from "node:http";
import type { ServerBuild } from "@remix-run/node";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#app/http/app-env.ts";
import { createRoutePattern } from "./route-pattern.server.ts";

export interface FinishedRequest {
  method: string;
  /** The pattern of the path, such as `/tasks/:id`. */
  route: string;
  /** 499 when the client disconnected before the response was complete. */
  status: number;
  durationMs: number;
  /** Bytes of the response, headers included. */
  bytes: number;
  requestId: string;
  /** Undefined for a request without a valid session. */
  userId: string | undefined;
  traceparent: string | undefined;
}

/** nginx's status for a closed connection. */
const CLIENT_CLOSED_REQUEST = 499;
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/**
 * Whether a response was sent. A client that has received all bytes of a file may close the connection before the stream of
 * the file ends. `bytes` includes the headers, so a loss of the last few hundred bytes is not noticed.
 */
function isSent(outgoing: ServerResponse, bytes: number): boolean {
  const length = outgoing.getHeader("Content-Length");
  return outgoing.writableFinished || (length !== undefined && bytes > Number(length));
}

/** Reports every request to `observers` when its response has been sent or its connection has closed. */
export function observeRequests(
  build: ServerBuild,
  observers: ((request: FinishedRequest) => void)[],
): MiddlewareHandler<AppEnv> {
  const routePattern = createRoutePattern(build);
  return (c, next) => {
    const { incoming, outgoing } = c.env;
    const { socket } = incoming;
    const record: { userId?: string } = {};
    c.set("record", record);
    const { path, method } = c.req;
    const startedAt = performance.now();
    const bytesBefore = socket.bytesWritten;
    outgoing.once("close", () => {
      const bytes = socket.bytesWritten - bytesBefore;
      const finished: FinishedRequest = {
        // A client may send any method.
        method: METHODS.has(method) ? method : "other",
        route: routePattern(path),
        status: isSent(outgoing, bytes) ? outgoing.statusCode : CLIENT_CLOSED_REQUEST,
        durationMs: performance.now() - startedAt,
        bytes,
        requestId: c.get("requestId"),
        userId: record.userId,
        traceparent: incoming.headers.traceparent as string | undefined,
      };
      for (const observe of observers) observe(finished);
    });
    return next();
  };
}

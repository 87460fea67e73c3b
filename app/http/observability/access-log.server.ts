import { hash } from "node:crypto";
import { createAccessLog } from "#app/log.server.ts";
import type { FinishedRequest } from "./observe-requests.server.ts";

const HASH_CHARACTERS = 16;

/** User ids are random, so their hash cannot be reversed by trying. */
const hashUserId = (id: string): string => hash("sha256", id, "hex").slice(0, HASH_CHARACTERS);

/** The trace id of a `traceparent` header (W3C Trace Context, version 00), if it is valid. */
function traceIdOf(traceparent: string | undefined): string | undefined {
  const traceId = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceparent ?? "")?.[1];
  return traceId === "0".repeat(32) ? undefined : traceId;
}

let accessLog: ReturnType<typeof createAccessLog> | undefined;

/** Writes one line per request. Health probes are logged only when they fail. */
export function logRequests(requests: FinishedRequest[]): void {
  accessLog ??= createAccessLog();
  accessLog(
    requests.filter(({ route, status }) => !route.startsWith("/health") || status >= 400).map(fieldsOf),
  );
}

function fieldsOf(request: FinishedRequest) {
  const { method, route, status, endedAt, durationMs, bytes, requestId, userId, traceparent } = request;
  return {
    time: new Date(endedAt).toISOString(),
    event: "request",
    method,
    route,
    status,
    durationMs: Math.round(durationMs * 10) / 10,
    bytes,
    requestId,
    // Undefined fields are not written.
    user: userId && hashUserId(userId),
    traceId: traceIdOf(traceparent),
  };
}

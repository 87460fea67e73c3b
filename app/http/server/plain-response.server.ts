import { randomUUID } from "node:crypto";
import { MINIMAL_SECURITY_HEADERS } from "#app/http/responses/minimal-security-headers.ts";

/** The body and headers of a JSON error that the server itself sends before it closes the connection. */
export interface PlainError {
  body: string;
  headers: Record<string, string>;
}

/** Prepares an error in the API's form for a request that does not reach the application. */
export function plainError(code: string, message: string): PlainError {
  const body = JSON.stringify({ success: false, error: { code, message } });
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": String(Buffer.byteLength(body)),
    ...MINIMAL_SECURITY_HEADERS,
    "X-Request-Id": randomUUID(),
    Connection: "close",
  };
  return { body, headers };
}

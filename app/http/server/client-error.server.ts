import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { MINIMAL_SECURITY_HEADERS } from "#app/http/middleware/security-headers.server.ts";

const STATUS_LINES: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

const BODY = JSON.stringify({
  success: false,
  error: { code: "BAD_REQUEST", message: "The request is not valid HTTP." },
});

function endWithError(socket: Duplex, status: string): void {
  const head = [
    `HTTP/1.1 ${status}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(BODY)}`,
    ...Object.entries(MINIMAL_SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    `X-Request-Id: ${randomUUID()}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${BODY}`);
}

function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
  else endWithError(socket, STATUS_LINES[error.code ?? ""] ?? "400 Bad Request");
}

function rejectConnect(_request: IncomingMessage, socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  // Node detaches the socket of a CONNECT from the server: no timeout would ever close it.
  socket.once("finish", () => socket.destroy());
  endWithError(socket, "400 Bad Request");
}

/** Answers what never reaches the application with a JSON error: bytes that are not HTTP, timeouts, and CONNECT. */
export function handleClientErrors(server: Server): void {
  server.on("clientError", answerClientError);
  server.on("connect", rejectConnect);
}

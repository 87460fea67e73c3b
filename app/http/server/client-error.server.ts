import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { plainError } from "./plain-response.server.ts";
import { canAnswerParserError } from "./unanswered-requests.server.ts";

const STATUS_LINES: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

function endWithError(socket: Duplex, status: string): void {
  const { body, headers } = plainError("BAD_REQUEST", "The request is not valid HTTP.");
  const head = [`HTTP/1.1 ${status}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const isAnswerable = error.code !== "ECONNRESET" && socket.writable && canAnswerParserError(socket);
  if (!isAnswerable) socket.destroy();
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

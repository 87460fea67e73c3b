import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket, Server as TcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MINIMAL_SECURITY_HEADERS } from "#app/http/middleware/security-headers.server.ts";
import { type RequestListener, withTrustedHeaders } from "./forwarded-headers.server.ts";

export type { RequestListener };

const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
/** How often the two are looked at, so by how much they can be overrun. */
const CHECK_MS = 2_000;
/** Longer than load balancers keep a connection, so that it is they who end it. */
const KEEP_ALIVE_MS = 65_000;
const LINGER_MS = 500;
/** Longer than anything of ours takes to answer. */
const SILENT_MS = 60_000;
const QUEUE_MS = 500;
const DRAIN_MS = 8_000;
const IDLE_CHECK_MS = 50;

const STATUS_LINES: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Answers what Node cannot read as HTTP, which therefore no part of the application ever sees. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  answerUnread(socket, STATUS_LINES[error.code ?? ""] ?? "400 Bad Request");
}

function answerUnread(socket: Duplex, status: string): void {
  const code = "BAD_REQUEST";
  const body = JSON.stringify({
    success: false,
    error: { code, message: "This is not a request that can be read." },
  });
  const head = [
    `HTTP/1.1 ${status}`,
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(MINIMAL_SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    `X-Request-Id: ${randomUUID()}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** @returns the server once it listens @throws what kept it from listening, with `syscall` "listen" or "getaddrinfo" */
export function startHttpServer(listener: RequestListener, port: number, host: string): Promise<Server> {
  const receive = withTrustedHeaders(listener);
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The application refuses it too, and in words.
      requireHostHeader: false,
    },
    receive,
  );
  // Node would leave out what comes after the thousandth, yet go by it: of a body's length, or of who sends it.
  server.maxHeadersCount = 0;
  // Of a client that takes nothing of its answer any more.
  server.timeout = SILENT_MS;
  server.on("clientError", answerClientError);
  // Node would answer an expectation that it does not know by itself, and a CONNECT not at all.
  server.on("checkExpectation", receive);
  server.on("connect", (_request, socket) => {
    socket.on("error", () => socket.destroy());
    // Node has let go of it: nobody reads it or counts it any more, so it would stay open as long as its client likes.
    socket.once("finish", () => socket.destroy());
    answerUnread(socket, "400 Bad Request");
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

/** What Node's sockets have beneath them, and give no name of their own to. */
interface Handled {
  _handle?: { listen?(backlog: number): number; getpeername?(address: object): number };
}

/**
 * Closes the kernel's queue of connections that nobody has taken yet, when nobody stands in it: whoever does may have
 * sent a request already, and is reset. The queue is made as narrow as one, then we stand in it ourselves: connected, we
 * know that no other is there, nor can come before it closes; whoever knocks meanwhile finds the door closed. If
 * others are always quicker it is closed all the same.
 */
async function closeQueue(server: Server & Handled): Promise<void> {
  server._handle?.listen?.(0);
  const { port, address } = server.address() as AddressInfo;
  const host = address === "::" ? "::1" : address === "0.0.0.0" ? "127.0.0.1" : address;
  for (const end = performance.now() + QUEUE_MS; ; ) {
    // Those who stand in it are taken now, one each turn.
    await nextTurn();
    const self: Socket & Handled = connect(port, host).on("error", () => undefined);
    // Before the loop turns: on the machine itself a connection stands as soon as it is asked for.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const isFirst = self._handle?.getpeername?.({}) === 0;
    if (isFirst || performance.now() > end) TcpServer.prototype.close.call(server);
    self.destroy();
    if (!server.listening) return;
  }
}

/**
 * Stops accepting, and waits for what was accepted. Connections that lie idle are kept for a moment: a request may be
 * under way on one, and its answer tells the client to open no other here. What has not ended in time is cut off.
 */
export async function gracefulShutdown(server: Server): Promise<void> {
  const ended = once(server, "close");
  // Not the HTTP server's own close, which ends idle connections at once.
  await closeQueue(server);
  server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
  const endIdle = () => setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS).unref();
  setTimeout(endIdle, LINGER_MS).unref();
  setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
  await ended;
}

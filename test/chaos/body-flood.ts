import { once } from "node:events";
import type { AppServer } from "../support/app-server.ts";
import type { TestUser } from "../support/users.ts";
import { residentMib, trackPeakMemory } from "./measurements.ts";
import { openSocket, requestHead } from "./raw-client.ts";

const MIB = 1024 * 1024;
const CLIENT_TIMEOUT_MS = 60_000;
const BLOCK = Buffer.alloc(64 * 1024, "x");
const CHUNK = Buffer.concat([Buffer.from(`${BLOCK.length.toString(16)}\r\n`), BLOCK, Buffer.from("\r\n")]);

/** Sends a body that is too large as fast as the server reads it. @returns the status, and the MiB sent */
async function sendBody(base: string, line: string, headers: Record<string, string>, mib: number) {
  const socket = openSocket(base);
  const isChunked = headers["Transfer-Encoding"] !== undefined;
  let response = "";
  socket.on("data", (data) => {
    response += data.toString("latin1");
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const timeout = setTimeout(() => socket.destroy(), CLIENT_TIMEOUT_MS);
  socket.write(`${requestHead(base, line, headers)}\r\n\r\n`);
  for (let sent = 0; sent < mib * MIB && !socket.destroyed; sent += BLOCK.length) {
    if (!socket.write(isChunked ? CHUNK : BLOCK))
      await Promise.race([once(socket, "drain").catch(() => undefined), closed]);
  }
  if (isChunked && !socket.destroyed) socket.end("0\r\n\r\n");
  await closed;
  clearTimeout(timeout);
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(response)?.[1] ?? 0),
    sentMib: socket.bytesWritten / MIB,
  };
}

/** More headers than the 1,000 that Node parses by default, within its limit of 16 KiB. */
export const MANY_HEADERS: Record<string, string> = Object.fromEntries(
  Array.from({ length: 1_100 }, (_, index) => [`a${index}`, ""]),
);

/**
 * The growth of the server's memory, at most, while 100 clients try to send 6,000 MiB. What was read waits for V8's next
 * collection: 25 MiB with the young generation of Node.js 20, 60 MiB with that of Node.js 24.
 */
export const BODY_FLOOD_GROWTH_MIB = 100;

/** One request line and its headers for each way that a body takes through the server. */
function bodyRequests({ token, cookie }: TestUser): [string, Record<string, string>][] {
  const bearer = { Authorization: `Bearer ${token}` };
  const session = { Cookie: cookie, "Sec-Fetch-Site": "same-origin" };
  const json = { "Content-Type": "application/json" };
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  return [
    ["POST /api/tasks", { ...bearer, ...json }],
    ["POST /api/auth/signin", json],
    ["PUT /api/auth/profile", { ...session, ...json }],
    ["POST /api/nothing", json],
    ["POST /dashboard", { ...session, ...form }],
    ["POST /dashboard.data", { ...session, "Content-Type": "multipart/form-data; boundary=x" }],
    ["POST /signin", { ...form, "Sec-Fetch-Site": "same-origin" }],
    ["POST /favicon.svg", form],
    ["GET /api/tasks", bearer],
    ["GET /dashboard", session],
  ];
}

/**
 * Sends large bodies concurrently, half with a Content-Length and half in chunks.
 * @param options.leadingHeaders headers before all others
 * @returns the growth of the server's memory, the MiB sent, and unexpected responses
 */
export async function floodBodies(
  app: AppServer,
  user: TestUser,
  { parallel = 100, mib = 60, leadingHeaders = {} as Record<string, string> } = {},
) {
  const requests = bodyRequests(user);
  const initialMib = await residentMib(app.process.pid);
  const stopTracking = trackPeakMemory(app.process.pid);
  const results = await Promise.all(
    Array.from({ length: parallel }, async (_, index) => {
      const [line, headers] = requests[index % requests.length] ?? ["POST /", {}];
      const hasLength = Math.floor(index / requests.length) % 2 === 0;
      const framing: Record<string, string> = hasLength
        ? { "Content-Length": String(mib * MIB) }
        : { "Transfer-Encoding": "chunked" };
      const result = await sendBody(app.url, line, { ...leadingHeaders, ...headers, ...framing }, mib);
      return { ...result, line: `${line} ${hasLength ? "with a length" : "in chunks"}` };
    }),
  );
  const peakMib = await stopTracking();
  return {
    grownMib: peakMib - initialMib,
    sentMib: results.reduce((sum, { sentMib }) => sum + sentMib, 0),
    // A GET request with chunks is rejected before its body.
    unexpected: results
      .filter(({ line, status }) => status !== (/^GET .*in chunks$/.test(line) ? 400 : 413))
      .map(({ line, status }) => `${line}: ${status}`),
  };
}

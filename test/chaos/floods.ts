import { execFile } from "node:child_process";
import { once, setMaxListeners } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { AppServer } from "../support/app-server.ts";
import type { TestUser } from "../support/users.ts";
import { percentile } from "./percentile.ts";

const MIB = 1024 * 1024;
const BETWEEN_LOOKS_MS = 100;
const CLIENT_PATIENCE_MS = 60_000;

/** Resident memory of a process in MiB, as the system counts it. */
export async function residentMib(pid: number | undefined): Promise<number> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "rss=", "-p", String(pid)]);
  return Number(stdout) / 1024;
}

/** Looks at the memory of a process until it is told to stop. @returns the most that was seen, in MiB */
export function watchMemory(pid: number | undefined) {
  let most = 0;
  let watching = true;
  const looking = (async () => {
    while (watching) {
      most = Math.max(most, await residentMib(pid));
      await sleep(BETWEEN_LOOKS_MS);
    }
  })();
  return async () => {
    watching = false;
    await looking;
    return most;
  };
}

/** Opens a connection to a server of the tests. An error of it is what the server does to it, and shows by its end. */
export function openSocket(base: string): Socket {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  return socket;
}

export const requestHead = (base: string, line: string, headers: Record<string, string>): string =>
  [`${line} HTTP/1.1`, `Host: ${new URL(base).host}`]
    .concat(Object.entries(headers).map(([name, value]) => `${name}: ${value}`))
    .join("\r\n");

/** Asks for the list of tasks again and again, a few at a time, while something else goes on. @returns latencies in ms */
export function watchReads(person: TestUser, readers = 4, pauseMs = 25) {
  const latencies: number[] = [];
  const failures: number[] = [];
  let reading = true;
  const read = async () => {
    while (reading) {
      const began = performance.now();
      const { status } = await person.api("GET", "/api/tasks");
      latencies.push(performance.now() - began);
      if (status !== 200) failures.push(status);
      await sleep(pauseMs);
    }
  };
  const running = Array.from({ length: readers }, read);
  return async () => {
    reading = false;
    await Promise.all(running);
    return {
      p50: percentile(latencies, 50),
      p99: percentile(latencies, 99),
      count: latencies.length,
      failures,
    };
  };
}

const BLOCK = Buffer.alloc(64 * 1024, "x");
const CHUNK = Buffer.concat([Buffer.from(`${BLOCK.length.toString(16)}\r\n`), BLOCK, Buffer.from("\r\n")]);

/** Sends a body that is far too long, as fast as it is taken. @returns the status, and how many MiB were taken */
async function pour(base: string, line: string, headers: Record<string, string>, mib: number) {
  const socket = openSocket(base);
  const chunked = headers["Transfer-Encoding"] !== undefined;
  let answer = "";
  socket.on("data", (data) => {
    answer += data.toString("latin1");
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const tooLate = setTimeout(() => socket.destroy(), CLIENT_PATIENCE_MS);
  socket.write(`${requestHead(base, line, headers)}\r\n\r\n`);
  for (let sent = 0; sent < mib * MIB && !socket.destroyed; sent += BLOCK.length) {
    if (!socket.write(chunked ? CHUNK : BLOCK))
      await Promise.race([once(socket, "drain").catch(() => undefined), closed]);
  }
  if (chunked && !socket.destroyed) socket.end("0\r\n\r\n");
  await closed;
  clearTimeout(tooLate);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0), mib: socket.bytesWritten / MIB };
}

/** More headers than Node reads unless it is told to read them all; together they fit into what it takes. */
export const MANY_HEADERS: Record<string, string> = Object.fromEntries(
  Array.from({ length: 1_100 }, (_, at) => [`a${at}`, ""]),
);

/** Bodies of `mib` MiB, so many at once, declared and in chunks, by all the ways in, with `front` before all headers. */
export async function floodBodies(
  tock: AppServer,
  person: TestUser,
  { parallel = 100, mib = 60, front = {} as Record<string, string> } = {},
) {
  const bearer = { Authorization: `Bearer ${person.token}` };
  const cookie = { Cookie: person.cookie, "Sec-Fetch-Site": "same-origin" };
  const json = { "Content-Type": "application/json" };
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  const ways: [string, Record<string, string>][] = [
    ["POST /api/tasks", { ...bearer, ...json }],
    ["POST /api/auth/signin", json],
    ["PUT /api/auth/profile", { ...cookie, ...json }],
    ["POST /api/nothing", json],
    ["POST /dashboard", { ...cookie, ...form }],
    ["POST /dashboard.data", { ...cookie, "Content-Type": "multipart/form-data; boundary=x" }],
    ["POST /signin", { ...form, "Sec-Fetch-Site": "same-origin" }],
    ["POST /favicon.svg", form],
    ["GET /api/tasks", bearer],
    ["GET /dashboard", cookie],
  ];
  const before = await residentMib(tock.process.pid);
  const stopWatching = watchMemory(tock.process.pid);
  const poured = await Promise.all(
    Array.from({ length: parallel }, (_, at) => {
      const [line, headers] = ways[at % ways.length] ?? ["POST /", {}];
      const declared = Math.floor(at / ways.length) % 2 === 0;
      const length: Record<string, string> = declared
        ? { "Content-Length": String(mib * MIB) }
        : { "Transfer-Encoding": "chunked" };
      return pour(tock.url, line, { ...front, ...headers, ...length }, mib).then((end) => ({
        ...end,
        line: `${line} ${declared ? "declared" : "chunked"}`,
      }));
    }),
  );
  const most = await stopWatching();
  return {
    grownMib: most - before,
    sentMib: poured.reduce((sum, { mib: sent }) => sum + sent, 0),
    // Reading takes no chunks at all, however few.
    others: poured
      .filter(({ line, status }) => status !== (/^GET .*chunked$/.test(line) ? 400 : 413))
      .map(({ line, status }) => `${line}: ${status}`),
  };
}

/** A client that sends its request byte by byte, and begins anew whenever it is cut off. */
async function crawl(
  base: string,
  text: string,
  at: number,
  signal: AbortSignal,
  ages: number[],
): Promise<void> {
  while (!signal.aborted) {
    const socket = openSocket(base);
    const began = performance.now();
    const stop = () => socket.destroy();
    signal.addEventListener("abort", stop, { once: true });
    let sent = at;
    socket.write(text.slice(0, sent));
    const timer = setInterval(() => {
      socket.write(text[sent % text.length] ?? "x");
      sent += 1;
    }, 1_000);
    socket.resume();
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    clearInterval(timer);
    signal.removeEventListener("abort", stop);
    if (!signal.aborted) ages.push((performance.now() - began) / 1_000);
  }
}

/**
 * So many clients at once who send a byte a second, half of them of their headers and half of a body, while somebody
 * reads tasks.
 * @returns how long the reads took, and how old in seconds the slow connections became before they were ended
 */
export async function floodSlowClients(
  tock: AppServer,
  person: TestUser,
  { clients = 1_000, seconds = 60, signal = new AbortController().signal } = {},
) {
  const headers = `${requestHead(tock.url, "GET /api/tasks", { "X-Slow": "x".repeat(5_000) })}\r\n\r\n`;
  const posting = requestHead(tock.url, "POST /api/auth/signin", {
    "Content-Type": "application/json",
    "Content-Length": "5000",
  });
  const form = requestHead(tock.url, "POST /dashboard", {
    "Content-Type": "application/x-www-form-urlencoded",
    Cookie: person.cookie,
    "Sec-Fetch-Site": "same-origin",
    "Transfer-Encoding": "chunked",
  });
  const texts: [string, number][] = [
    [headers, 40],
    [`${posting}\r\n\r\n${"x".repeat(5_000)}`, posting.length + 4],
    [headers, 1],
    [`${form}\r\n\r\n1388\r\n${"x".repeat(5_000)}`, form.length + 10],
  ];
  const ages: number[] = [];
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const stop = () => over.abort();
  const timer = setTimeout(stop, seconds * 1_000);
  signal.addEventListener("abort", stop, { once: true });
  const crawling = Array.from({ length: clients }, (_, index) => {
    const [text, at] = texts[index % texts.length] ?? ["", 0];
    return crawl(tock.url, text, at, over.signal, ages);
  });
  const stopReading = watchReads(person);
  await Promise.all(crawling);
  clearTimeout(timer);
  const reads = await stopReading();
  return { ...reads, ended: ages.length, oldestSeconds: ages.length > 0 ? Math.max(...ages) : undefined };
}

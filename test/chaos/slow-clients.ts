import { setMaxListeners } from "node:events";
import type { AppServer } from "../support/app-server.ts";
import type { TestUser } from "../support/users.ts";
import { measureReads } from "./measurements.ts";
import { openSocket, requestHead } from "./raw-client.ts";

interface SlowRequest {
  text: string;
  /** How many characters are sent at once, before one a second. */
  initialLength: number;
}

/** Sends a request at one byte a second, again after each disconnect. Appends the age of each connection to `ages`. */
async function sendSlowly(
  base: string,
  { text, initialLength }: SlowRequest,
  signal: AbortSignal,
  ages: number[],
): Promise<void> {
  while (!signal.aborted) {
    const socket = openSocket(base);
    const startedAt = performance.now();
    const stop = () => socket.destroy();
    signal.addEventListener("abort", stop, { once: true });
    let sent = initialLength;
    socket.write(text.slice(0, sent));
    const timer = setInterval(() => {
      socket.write(text[sent % text.length] ?? "x");
      sent += 1;
    }, 1_000);
    socket.resume();
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    clearInterval(timer);
    signal.removeEventListener("abort", stop);
    if (!signal.aborted) ages.push((performance.now() - startedAt) / 1_000);
  }
}

/** Half of them send slow headers, half slow bodies. */
function slowRequests(base: string, cookie: string): SlowRequest[] {
  const headers = `${requestHead(base, "GET /api/tasks", { "X-Slow": "x".repeat(5_000) })}\r\n\r\n`;
  const json = requestHead(base, "POST /api/auth/signin", {
    "Content-Type": "application/json",
    "Content-Length": "5000",
  });
  const form = requestHead(base, "POST /dashboard", {
    "Content-Type": "application/x-www-form-urlencoded",
    Cookie: cookie,
    "Sec-Fetch-Site": "same-origin",
    "Transfer-Encoding": "chunked",
  });
  return [
    { text: headers, initialLength: 40 },
    { text: `${json}\r\n\r\n${"x".repeat(5_000)}`, initialLength: json.length + 4 },
    { text: headers, initialLength: 1 },
    { text: `${form}\r\n\r\n1388\r\n${"x".repeat(5_000)}`, initialLength: form.length + 10 },
  ];
}

/**
 * Runs slow clients while a user reads tasks.
 * @returns the read latencies, the number of ended slow connections, and the age of the oldest of them in seconds
 */
export async function floodSlowClients(
  app: AppServer,
  user: TestUser,
  { clients = 1_000, seconds = 60, signal = new AbortController().signal } = {},
) {
  const requests = slowRequests(app.url, user.cookie);
  const ages: number[] = [];
  const end = new AbortController();
  setMaxListeners(0, end.signal);
  const stop = () => end.abort();
  const timer = setTimeout(stop, seconds * 1_000);
  signal.addEventListener("abort", stop, { once: true });
  const running = Array.from({ length: clients }, (_, index) => {
    const request = requests[index % requests.length] ?? { text: "", initialLength: 0 };
    return sendSlowly(app.url, request, end.signal, ages);
  });
  const stopReading = measureReads(user);
  await Promise.all(running);
  clearTimeout(timer);
  const reads = await stopReading();
  return { ...reads, ended: ages.length, oldestSeconds: ages.length > 0 ? Math.max(...ages) : undefined };
}

import { PAGE_LIMIT_DEFAULT } from "#app/schemas/task.ts";
import type { AppServer } from "../support/app-server.ts";
import { queryRows } from "../support/sql.ts";
import { request, signUp } from "../support/users.ts";
import { measureReads, residentMib, trackPeakMemory } from "./measurements.ts";
import { openSocket, requestHead } from "./raw-client.ts";

/** Sends pipelined requests for the landing page on one connection until it closes. @returns the statuses */
export async function pipelinePages(base: string, count: number): Promise<number[]> {
  const socket = openSocket(base);
  let received = "";
  socket.setEncoding("latin1").on("data", (part) => {
    received += part;
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(`${requestHead(base, "GET /", {})}\r\n\r\n`.repeat(count));
  await closed;
  return [...received.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
}

interface FloodOptions {
  seconds: number;
  signal: AbortSignal;
}

/** Runs `send` in concurrent loops while another user reads tasks. */
async function floodWhileReading(
  app: AppServer,
  send: () => Promise<number[]>,
  loops: number,
  { seconds, signal }: FloodOptions,
) {
  const reader = await signUp(app.url);
  const initialMib = await residentMib(app.process.pid);
  const stopTracking = trackPeakMemory(app.process.pid);
  const stopReading = measureReads(reader);
  const statuses: Record<string, number> = {};
  const endsAt = performance.now() + seconds * 1_000;
  const loop = async () => {
    while (performance.now() < endsAt && !signal.aborted)
      for (const status of await send()) statuses[status] = (statuses[status] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: loops }, loop));
  const reads = await stopReading();
  return { reads, statuses, grownMib: (await stopTracking()) - initialMib };
}

/** A hundred connections with 200 pipelined requests each. */
export const floodPipelining = (app: AppServer, options: FloodOptions) =>
  floodWhileReading(app, () => pipelinePages(app.url, 200), 100, options);

/** The default quota of an account. */
const TASKS = 50_000;
/** The first page, one in the middle and the last one. */
const PAGES = [1, TASKS / PAGE_LIMIT_DEFAULT / 2, TASKS / PAGE_LIMIT_DEFAULT];

/** One account with many tasks reads 200 pages at once. */
export async function floodPages(app: AppServer, options: FloodOptions) {
  const { id, cookie } = await signUp(app.url);
  await queryRows(
    app.databaseUrl,
    `insert into task (user_id, title, completed)
     select $1, 'Task ' || n, n % 3 = 0 from generate_series(1, $2::int) n`,
    [id, TASKS],
  );
  await queryRows(app.databaseUrl, "vacuum analyze task");
  let count = 0;
  const visit = async () => {
    const path = `/dashboard?show=all&page=${PAGES[count++ % PAGES.length]}`;
    return [(await request(app.url, "GET", path, { headers: { Cookie: cookie } })).status];
  };
  return floodWhileReading(app, visit, 200, options);
}

/** Two hundred loops of health checks. */
export const floodHealth = (app: AppServer, options: FloodOptions) =>
  floodWhileReading(app, async () => [(await request(app.url, "GET", "/health")).status], 200, options);

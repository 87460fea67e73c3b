import { connect, createServer, type Socket } from "node:net";

/** A TCP proxy that makes a server seem far away. */
export interface DelayProxy {
  /** The URL of the database through the proxy. */
  url: string;
  close(): Promise<void>;
}

/** Timers may fire this much late. The rest of a delay is waited for without one. */
const TIMER_PRECISION_MS = 2;

/** Calls `work` at a time of performance.now(), precise to some 0.1 ms: half of a round trip of 1 ms is below any timer. */
function runAt(dueMs: number, work: () => void): void {
  const leftMs = dueMs - performance.now();
  if (leftMs > TIMER_PRECISION_MS) setTimeout(runAt, leftMs - TIMER_PRECISION_MS, dueMs, work);
  else if (leftMs > 0) setImmediate(runAt, dueMs, work);
  else work();
}

/** Forwards what `from` sends, each piece after the delay and in order. */
function forward(from: Socket, to: Socket, delayMs: number): void {
  const pieces: Buffer[] = [];
  from.setNoDelay(true);
  from.on("data", (piece) => {
    pieces.push(piece);
    runAt(performance.now() + delayMs, () => {
      const next = pieces.shift();
      if (next && !to.destroyed) to.write(next);
    });
  });
  from.on("close", () => runAt(performance.now() + delayMs, () => to.destroy()));
  from.on("error", () => undefined);
}

/**
 * Starts a proxy in front of a database. Every piece of data arrives half a round trip later in each direction. Opening a
 * TCP connection takes no longer, but the messages of the login do.
 */
export async function startDelayProxy(databaseUrl: string, roundTripMs: number): Promise<DelayProxy> {
  const target = new URL(databaseUrl);
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    clients.add(client.on("close", () => clients.delete(client)));
    forward(client, upstream, roundTripMs / 2);
    forward(upstream, client, roundTripMs / 2);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    async close() {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

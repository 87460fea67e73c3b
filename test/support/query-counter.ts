import { connect, createServer, type Socket } from "node:net";

export interface QueryCounter {
  /** The URL of the database through the counter. */
  url: string;
  /** Returns the number of statements since the last call. */
  take(): number;
  close(): Promise<void>;
}

/** PostgreSQL's frontend messages that run a statement: Query and Execute. */
const STATEMENT_TYPES = new Set(["Q", "E"].map((type) => type.charCodeAt(0)));
const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;

/** Splits what a client sends into messages, and calls `onStatement` for each that runs a statement. */
function countMessages(client: Socket, onStatement: () => void): void {
  let pending = Buffer.alloc(0);
  // The startup message has no type byte.
  let typeBytes = 0;
  client.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= typeBytes + LENGTH_BYTES) {
      const length = typeBytes + pending.readUInt32BE(typeBytes);
      if (pending.length < length) return;
      if (typeBytes > 0 && STATEMENT_TYPES.has(pending[0] ?? 0)) onStatement();
      pending = pending.subarray(length);
      typeBytes = TYPE_BYTES;
    }
  });
}

/** Starts a TCP proxy that counts the statements on their way to a database. */
export async function startQueryCounter(databaseUrl: string): Promise<QueryCounter> {
  const target = new URL(databaseUrl);
  const clients = new Set<Socket>();
  let count = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    clients.add(client);
    countMessages(client, () => {
      count += 1;
    });
    client.pipe(upstream).pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.on("close", () => clients.delete(client));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    take() {
      const taken = count;
      count = 0;
      return taken;
    },
    async close() {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

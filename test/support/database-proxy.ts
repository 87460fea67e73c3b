import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP proxy in front of a database that simulates network failures. */
export interface DatabaseProxy {
  /** The URL of the database through the proxy. */
  url: string;
  /** Closes all connections, and refuses new ones. */
  cutConnections(): Promise<void>;
  /** Keeps connections open, but refuses new ones. */
  refuseConnections(): void;
  /** Keeps connections open and accepts new ones, but forwards nothing. */
  freeze(): void;
  /** Stops forwarding on the current connections for good, without closing them: `heal` does not affect them. */
  strand(): void;
  /** Forwards a matching statement, then closes its connection before the response. `heal` ends that. */
  cutResponseTo(statement: RegExp): void;
  /** Forwards again, and accepts connections. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const stranded = new WeakSet<Socket>();
  let isFrozen = false;
  let cutStatement: RegExp | undefined;
  let port = 0;
  let server: Server;

  function forward(client: Socket): void {
    const upstream = connect(Number(target.port), target.hostname);
    let isCut = false;
    client.on("data", (bytes) => {
      isCut ||= cutStatement?.test(bytes.toString("latin1")) ?? false;
    });
    upstream.prependListener("data", () => {
      if (isCut) client.destroy();
    });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => void (to.destroyed || to.write(bytes)));
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      if (isFrozen) from.pause();
    }
  }
  const listen = () =>
    new Promise<void>((resolve) => {
      server = createServer(forward).listen(port, "127.0.0.1", () => {
        port = (server.address() as { port: number }).port;
        resolve();
      });
    });
  const closeAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const stopListening = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      closeAll();
    });

  await listen();
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return {
    url: url.href,
    cutConnections: stopListening,
    refuseConnections: () => void server.close(),
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    strand() {
      for (const socket of sockets) stranded.add(socket.pause());
    },
    cutResponseTo(statement) {
      cutStatement = statement;
    },
    async heal() {
      isFrozen = false;
      cutStatement = undefined;
      for (const socket of sockets) if (!stranded.has(socket)) socket.resume();
      if (!server.listening) await listen();
    },
    close: () => (server.listening ? stopListening() : Promise.resolve()),
  };
}

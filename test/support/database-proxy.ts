import { connect, createServer, type Server, type Socket } from "node:net";

/** A way to a database that can be cut, frozen and healed, without touching the database itself. */
export interface DatabaseProxy {
  /** The database's URL by way of this proxy. */
  url: string;
  /** Breaks every connection, and refuses new ones. */
  cutConnections(): Promise<void>;
  /** Leaves every connection open and takes new ones, but nothing gets through any more. */
  freeze(): void;
  /** Those connections that there are now carry nothing any more, not even after `heal`, and neither end hears of it. */
  strand(): void;
  /** Lets through what matches, and breaks its connection before the answer. `heal` ends that. */
  cutAnswerTo(statement: RegExp): void;
  heal(): Promise<void>;
  close(): Promise<void>;
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const stranded = new WeakSet<Socket>();
  let frozen = false;
  let fatal: RegExp | undefined;
  let port = 0;
  let server: Server;

  function forward(client: Socket): void {
    const upstream = connect(Number(target.port), target.hostname);
    let doomed = false;
    client.on("data", (bytes) => {
      doomed ||= fatal?.test(bytes.toString("latin1")) ?? false;
    });
    upstream.prependListener("data", () => {
      if (doomed) client.destroy();
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
      if (frozen) from.pause();
    }
  }
  const listen = () =>
    new Promise<void>((resolve) => {
      server = createServer(forward).listen(port, "127.0.0.1", () => {
        port = (server.address() as { port: number }).port;
        resolve();
      });
    });
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  const shut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      breakAll();
    });

  await listen();
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String(port);
  return {
    url: url.href,
    cutConnections: shut,
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    strand() {
      for (const socket of sockets) stranded.add(socket.pause());
    },
    cutAnswerTo(statement) {
      fatal = statement;
    },
    async heal() {
      frozen = false;
      fatal = undefined;
      for (const socket of sockets) if (!stranded.has(socket)) socket.resume();
      if (!server.listening) await listen();
    },
    close: () => (server.listening ? shut() : Promise.resolve()),
  };
}

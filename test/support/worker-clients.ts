import { readdir, readFile, readlink } from "node:fs/promises";
import { Agent } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AppServer } from "./app-server.ts";
import { rawRequest } from "./raw-request.ts";
import type { TestResponse } from "./users.ts";

/** A client that keeps one connection to one worker. */
export interface WorkerClient {
  pid: number;
  send(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<TestResponse>;
  close(): void;
}

const ATTEMPTS_PER_WORKER = 20;

/** The process ids of the workers, from the line that says that Tock is ready. */
export function workerPids({ log }: AppServer): number[] {
  const ready = log.find((line) => line.includes("Tock is ready"));
  return JSON.parse(ready ?? "{}").workers ?? [];
}

/** Opens connections until each of these workers has one. Linux only. @returns one client per worker, in their order */
export async function connectToWorkers(app: AppServer, pids = workerPids(app)): Promise<WorkerClient[]> {
  const clients = new Map<number, WorkerClient>();
  for (let attempt = 0; attempt < pids.length * ATTEMPTS_PER_WORKER; attempt++) {
    const client = await connect(app, pids);
    if (clients.has(client.pid)) client.close();
    else clients.set(client.pid, client);
    if (clients.size === pids.length) return pids.flatMap((pid) => clients.get(pid) ?? []);
  }
  throw new Error(`only ${clients.size} of ${pids.length} workers accepted a connection`);
}

async function connect(app: AppServer, pids: number[]): Promise<WorkerClient> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send: WorkerClient["send"] = (method, path, { body, headers } = {}) =>
    rawRequest(app.url, method, path, {
      agent,
      headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  await send("GET", "/health");
  await nextTurn();
  const [socket] = Object.values(agent.freeSockets).flat();
  const pid = await ownerOf(Number(new URL(app.url).port), socket?.localPort ?? 0, pids);
  return { pid, send, close: () => agent.destroy() };
}

/** Finds the process that holds the server's end of a connection. */
async function ownerOf(serverPort: number, clientPort: number, pids: number[]): Promise<number> {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
  const connections = (await readFile("/proc/net/tcp", "utf8"))
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const connection = connections.find(
    ([, local, remote]) => local?.endsWith(`:${hex(serverPort)}`) && remote?.endsWith(`:${hex(clientPort)}`),
  );
  const inode = connection?.[9];
  for (const pid of pids) {
    const links = (await readdir(`/proc/${pid}/fd`)).map((fd) =>
      readlink(`/proc/${pid}/fd/${fd}`).catch(() => undefined),
    );
    if ((await Promise.all(links)).includes(`socket:[${inode}]`)) return pid;
  }
  throw new Error(`no worker holds the connection from port ${clientPort}`);
}

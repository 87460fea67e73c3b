import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { findFreePort } from "#db/embedded/free-port.ts";

/** Whether the program redis-server is installed (Debian: apt-get install redis-server). */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

export interface RedisServer {
  url: string;
  port: number;
  /** Stops the process without closing its connections. */
  freeze(): void;
  kill(): Promise<void>;
}

/** Starts a redis-server without persistence. @param port a free port by default */
export async function startRedis(port?: number): Promise<RedisServer> {
  const listenPort = port ?? (await findFreePort());
  const options = ["--bind", "127.0.0.1", "--port", `${listenPort}`, "--save", "", "--dir", tmpdir()];
  const server: ChildProcess = spawn("redis-server", options, { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(server, "exit");
  if (!server.stdout) throw new Error("redis-server has no stdout");
  const ready = (async (lines) => {
    for await (const line of lines) if (/ready to accept connections/i.test(line)) return;
    throw new Error("redis-server exited before it was ready");
  })(createInterface({ input: server.stdout }));
  await ready;
  server.stdout.resume();
  return {
    url: `redis://127.0.0.1:${listenPort}`,
    port: listenPort,
    freeze: () => server.kill("SIGSTOP"),
    async kill() {
      server.kill("SIGKILL");
      await exited;
    },
  };
}

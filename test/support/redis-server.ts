import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";

/** Whether this machine has one: Debian's redis-server. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

export interface RedisServer {
  url: string;
  port: number;
  freeze(): void;
  kill(): Promise<void>;
}

/** Starts one that keeps nothing. @param port a free one unless told */
export async function startRedis(port?: number): Promise<RedisServer> {
  const chosen = port ?? (await freePort());
  const options = ["--bind", "127.0.0.1", "--port", `${chosen}`, "--save", "", "--dir", tmpdir()];
  const server: ChildProcess = spawn("redis-server", options, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(server, "exit");
  if (!server.stdout) throw new Error("no output to read");
  const ready = (async (lines) => {
    for await (const line of lines) if (/ready to accept connections/i.test(line)) return;
    throw new Error("redis-server ended before it was ready");
  })(createInterface({ input: server.stdout }));
  await ready;
  server.stdout.resume();
  return {
    url: `redis://127.0.0.1:${chosen}`,
    port: chosen,
    freeze: () => server.kill("SIGSTOP"),
    async kill() {
      server.kill("SIGKILL");
      await ended;
    },
  };
}

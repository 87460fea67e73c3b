import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { findFreePort } from "#db/embedded/free-port.ts";

/** The configuration that docs/operations recommends. */
const CADDYFILE = fileURLToPath(new URL("../../docs/operations/Caddyfile", import.meta.url));

/** Whether the program caddy is installed (Debian: apt-get install caddy). */
export const hasCaddy = spawnSync("caddy", ["version"]).status === 0;

export interface Caddy {
  /** The base URL, without TLS. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts Caddy with the Caddyfile of docs/operations.
 * @param upstreams base URLs of instances
 * @param options.trySeconds how long a request may wait for an instance, if not as long as recommended
 */
export async function startCaddy(
  upstreams: string[],
  { trySeconds }: { trySeconds?: number } = {},
): Promise<Caddy> {
  const folder = await mkdtemp(join(tmpdir(), "tock-caddy-"));
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const caddy = spawn("caddy", ["run", "--adapter", "caddyfile", "--config", CADDYFILE], {
    env: {
      ...process.env,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      TOCK_SITE: url,
      TOCK_UPSTREAMS: upstreams.map((upstream) => new URL(upstream).host).join(" "),
      TOCK_HEALTH_INTERVAL: "200ms",
      ...(trySeconds && { TOCK_TRY_DURATION: `${trySeconds}s` }),
      TOCK_CADDY_ADMIN: "off",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(caddy, "exit");
  const lines: string[] = [];
  for await (const line of createInterface({ input: caddy.stderr })) {
    lines.push(line);
    if (line.includes("serving initial configuration")) break;
  }
  if (caddy.exitCode !== null) throw new Error(`Caddy did not start:\n${lines.join("\n")}`);
  caddy.stderr.resume();
  return {
    url,
    async stop() {
      caddy.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

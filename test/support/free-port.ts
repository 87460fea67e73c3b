import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Ports below the ephemeral range of Linux (32768) and macOS (49152). The system assigns ephemeral ports to every
 * outgoing connection of the other tests, so one of those could be taken again before its user listens on it.
 */
const FIRST_PORT = 10_000;
const PORTS_END = 32_000;

/** Finds a TCP port on 127.0.0.1 that is not in use. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, PORTS_END);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}

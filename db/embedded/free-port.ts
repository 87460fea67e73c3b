import { createServer } from "node:net";
import { EmbeddedDatabaseError } from "./errors.ts";

/**
 * Below the range of ports for outgoing connections (from 32768 on Linux, 49152 on macOS): no outgoing connection can
 * take the port while the database restarts, and a client that reconnects cannot connect to itself.
 */
const MIN_PORT = 20_000;
const MAX_PORT = 32_000;
const ATTEMPTS = 50;

/** Finds a free port on 127.0.0.1. @throws EmbeddedDatabaseError after 50 attempts */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = MIN_PORT + Math.floor(Math.random() * (MAX_PORT - MIN_PORT));
    if (await isFree(port)) return port;
  }
  throw new EmbeddedDatabaseError(
    `There is no free port on 127.0.0.1 between ${MIN_PORT} and ${MAX_PORT} for the embedded PostgreSQL`,
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1" }, () => probe.close(() => resolve(true)));
  });
}

import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "./free-port.ts";
import { killServerProcesses, stopOrphans } from "./orphans.ts";
import { launchServer, type Server, type ServerOptions } from "./server.ts";

/** Delays before restarts. With the last one the database is available again within five seconds, three for its start. */
const RESTART_DELAYS_MS = [0, 250, 500, 1_000];
/** A server that ran for this long resets the delay. */
const STABLE_AFTER_MS = 30_000;
const PORT_ATTEMPTS = 5;
const PREVIOUS_SERVER_EXIT_MS = 5_000;
const POLL_MS = 200;

export interface SupervisedServer {
  port: number;
  stop(): Promise<void>;
  /** Ends the server at once, without writing or removing a file. */
  kill(): Promise<void>;
}

/**
 * Starts a server and restarts it on the same port whenever it ends, until stopped.
 * @param starting ends the first start
 * @throws EmbeddedDatabaseError if the first start fails or is ended
 */
export async function supervise(
  options: ServerOptions,
  starting = new AbortController().signal,
): Promise<SupervisedServer> {
  const stopping = new AbortController();
  let server = await launchOnFreePort(options, starting);
  const { port } = server;
  const isStopping = () => stopping.signal.aborted;

  async function restartUntilStopped(): Promise<void> {
    for (let failures = 0; ; failures++) {
      const startedAt = performance.now();
      const lastLines = await server.ended;
      if (isStopping()) return;
      if (performance.now() - startedAt > STABLE_AFTER_MS) failures = 0;
      options.log.error({ lastLines }, "embedded database ended unexpectedly, restarting it");
      const restarted = await restart(options, port, failures, stopping.signal);
      if (!restarted) return;
      // stop() during the launch has shut down only the previous server.
      if (isStopping()) return restarted.shutDown();
      server = restarted;
      options.log.info({ port }, "embedded database restarted");
    }
  }

  const supervising = restartUntilStopped();
  return {
    port,
    stop: async () => {
      stopping.abort();
      await server.shutDown();
      await supervising;
      await stopOrphans(options.dataFolder, options.log);
    },
    kill: async () => {
      stopping.abort();
      // First, because it may be the only one that is found. The others end with it.
      server.kill();
      await killServerProcesses(options.dataFolder);
      await supervising;
    },
  };
}

/** @returns undefined if it was aborted */
async function restart(
  options: ServerOptions,
  port: number,
  failures: number,
  signal: AbortSignal,
): Promise<Server | undefined> {
  for (let attempt = failures; !signal.aborted; attempt++) {
    const delayMs = RESTART_DELAYS_MS[Math.min(attempt, RESTART_DELAYS_MS.length - 1)];
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    try {
      return signal.aborted ? undefined : await launchAfterPrevious(options, port, signal);
    } catch (error) {
      if (attempt === failures)
        options.log.error({ err: error }, "restart of the embedded database failed, retrying");
    }
  }
  return undefined;
}

/** Another program may take a port between the search and PostgreSQL's bind. */
async function launchOnFreePort(options: ServerOptions, signal: AbortSignal): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launchAfterPrevious(options, await findFreePort(), signal);
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !/Address already in use|could not bind/.test(String(error)))
        throw error;
    }
  }
}

/** Launches a server when the processes and the shared memory of a killed one are gone. */
async function launchAfterPrevious(
  options: ServerOptions,
  port: number,
  signal: AbortSignal,
): Promise<Server> {
  for (const startedAt = performance.now(); ; await sleep(POLL_MS)) {
    await stopOrphans(options.dataFolder, options.log);
    try {
      return await launchServer(options, port, signal);
    } catch (error) {
      const isPreviousEnding = /pre-existing shared memory|lock file .* already exists/.test(String(error));
      const isLate = performance.now() - startedAt > PREVIOUS_SERVER_EXIT_MS;
      if (!isPreviousEnding || signal.aborted || isLate) throw error;
    }
  }
}

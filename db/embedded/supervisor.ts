import { setTimeout as sleep } from "node:timers/promises";
import { stopOrphans } from "./orphans.ts";
import { freePort, launchServer, type Server, type ServerSetup } from "./server.ts";

/** However often it died before, it serves again within five seconds, of which it needs up to three itself. */
const BACKOFF_MS = [0, 250, 500, 1_000];
const STEADY_MS = 30_000;
const PORT_ATTEMPTS = 5;
const DYING_SERVER_MS = 5_000;

/**
 * Starts a server and keeps it up, on one port, until stopped.
 * @throws EmbeddedDatabaseError if it does not start the first time
 */
export async function supervise(setup: ServerSetup): Promise<{ port: number; stop(): Promise<void> }> {
  const aborter = new AbortController();
  let server = await launchOnFreePort(setup, aborter.signal);
  const { port } = server;
  const stopped = () => aborter.signal.aborted;

  async function keepUp(): Promise<void> {
    for (let failures = 0; ; failures++) {
      const since = Date.now();
      const lastLines = await server.ended;
      if (stopped()) return;
      if (Date.now() - since > STEADY_MS) failures = 0;
      setup.log.error({ lastLines }, "The database ended by itself: starting it again");
      const revived = await restart(setup, port, failures, aborter.signal);
      if (!revived) return;
      // A stop during the launch has only seen the server before this one.
      if (stopped()) return revived.shutDown();
      server = revived;
      setup.log.info({ port }, "The database serves again");
    }
  }

  const running = keepUp();
  return {
    port,
    stop: async () => {
      aborter.abort();
      await server.shutDown();
      await running;
      await stopOrphans(setup.dataFolder, setup.log);
    },
  };
}

/** @returns undefined if it was stopped meanwhile */
async function restart(
  setup: ServerSetup,
  port: number,
  failures: number,
  signal: AbortSignal,
): Promise<Server | undefined> {
  for (let attempt = failures; !signal.aborted; attempt++) {
    await sleep(BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)], undefined, { signal }).catch(
      () => undefined,
    );
    try {
      return signal.aborted ? undefined : await launchPatiently(setup, port, signal);
    } catch (error) {
      if (attempt === failures) setup.log.error({ err: error }, "The database does not start: trying on");
    }
  }
  return undefined;
}

/** Between the probe of a port and PostgreSQL's own bind, another program may have taken it. */
async function launchOnFreePort(setup: ServerSetup, signal: AbortSignal): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launchPatiently(setup, await freePort(), signal);
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !/Address already in use|could not bind/.test(String(error)))
        throw error;
    }
  }
}

/** What a killed server leaves dying for a moment, its memory and its processes, would be in the way of the next. */
async function launchPatiently(setup: ServerSetup, port: number, signal: AbortSignal): Promise<Server> {
  for (const started = Date.now(); ; await sleep(200)) {
    await stopOrphans(setup.dataFolder, setup.log);
    try {
      return await launchServer(setup, port, signal);
    } catch (error) {
      const dying = /pre-existing shared memory|lock file .* already exists/.test(String(error));
      if (!dying || signal.aborted || Date.now() - started > DYING_SERVER_MS) throw error;
    }
  }
}

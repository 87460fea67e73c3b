import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { readPidFile } from "./orphans.ts";
import { type Account, accountOptions, BARE_ENVIRONMENT } from "./run-program.ts";
import { forwardServerLog } from "./server-log.ts";
import { EmbeddedDatabaseError, type Log } from "./types.ts";

const FAST_SHUTDOWN_MS = 10_000;
const IMMEDIATE_SHUTDOWN_MS = 3_000;
const LAST_LINES_MS = 100;
const SLOW_START_MS = 10_000;

/**
 * Starts PostgreSQL beside a watcher that stops it when its pipe to us closes, which the kernel sees to however we
 * die. Both are in place before PostgreSQL runs, and `exec` keeps the shell's process id; the watcher, orphaned on
 * purpose, is no child that the server could wonder about.
 */
const LAUNCHER = '( ( read -r _ <&3 || kill -INT $$ ) >/dev/null 2>&1 & ); exec "$@" 3<&-';

export interface ServerSetup {
  postgres: string;
  dataFolder: string;
  account: Account | undefined;
  settings: Record<string, string | number>;
  log: Log;
}

export interface Server {
  port: number;
  /** Settles when the process has ended, with its last lines. */
  ended: Promise<string>;
  shutDown(): Promise<void>;
}

/**
 * Starts PostgreSQL on a port of this machine only, and waits until it takes connections: that includes replaying
 * its journal after a crash, however long it takes.
 * @throws EmbeddedDatabaseError with PostgreSQL's last lines, if it ends instead
 */
export async function launchServer(setup: ServerSetup, port: number, signal: AbortSignal): Promise<Server> {
  const server = spawnServer(setup, port);
  let over: string | undefined;
  void server.ended.then((lines) => {
    over = lines;
  });
  const started = Date.now();
  let patient = true;
  while (over === undefined) {
    const state = await readPidFile(setup.dataFolder);
    if (state?.ready && state.pid === server.pid) return { ...server, port };
    if (signal.aborted) await server.shutDown();
    if (patient && Date.now() - started > SLOW_START_MS) {
      patient = false;
      setup.log.info(
        { dataFolder: setup.dataFolder },
        "The database is still starting: it replays its journal",
      );
    }
    await sleep(15);
  }
  throw new EmbeddedDatabaseError(`The embedded PostgreSQL did not start: ${over}`);
}

function spawnServer({ postgres, dataFolder, account, settings, log }: ServerSetup, port: number) {
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [postgres, "-D", dataFolder, "-p", String(port), ...flags];
  // detached: a session of its own, so that Ctrl-C in a terminal does not reach it before the app has drained.
  const child = spawn("/bin/sh", ["-c", LAUNCHER, "sh", ...command], {
    cwd: "/",
    env: BARE_ENVIRONMENT,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    detached: true,
    ...accountOptions(account),
  });
  const watcher = child.stdio[3] as Socket;
  const lines = forwardServerLog(createInterface({ input: child.stderr as Socket }), log);
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
    // Its last lines may still be on their way, but the pipe only closes with the last orphan of a killed server.
    child.once(
      "exit",
      () => void within(LAST_LINES_MS, once(child, "close")).then(() => resolve(lines.last())),
    );
  });
  child.once("exit", () => watcher.end("ended\n"));
  watcher.on("error", () => undefined);
  for (const handle of [child, watcher, child.stderr as Socket]) handle.unref();
  const shutDown = async () => {
    lines.quiet();
    for (const [name, patience] of [
      ["SIGINT", FAST_SHUTDOWN_MS],
      ["SIGQUIT", IMMEDIATE_SHUTDOWN_MS],
    ] as const) {
      child.kill(name);
      if (await within(patience, ended)) return;
    }
    child.kill("SIGKILL");
    await within(IMMEDIATE_SHUTDOWN_MS, ended);
  };
  return { pid: child.pid, ended, shutDown };
}

async function within(milliseconds: number, event: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
  return Promise.race([event.then(() => true), timeout]).finally(() => timer.abort());
}

/**
 * Below the ranges that kernels hand out to outgoing connections (from 32768 on Linux, 49152 on macOS): nothing
 * slips into the port while the database restarts, nor can a client that retries connect to itself.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
  throw new EmbeddedDatabaseError(
    "No free port on 127.0.0.1 between 20000 and 32000 for the embedded PostgreSQL",
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: "127.0.0.1" }, () => probe.close(() => resolve(true)));
  });
}

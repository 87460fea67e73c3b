import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../log.ts";
import { EmbeddedDatabaseError } from "./errors.ts";
import { readPidFile } from "./pid-file.ts";
import { type Account, accountOptions, MINIMAL_ENVIRONMENT } from "./run-program.ts";
import { forwardServerLog } from "./server-log.ts";

const FAST_SHUTDOWN_MS = 10_000;
const IMMEDIATE_SHUTDOWN_MS = 3_000;
const SHUTDOWN_STEPS = [
  ["SIGINT", FAST_SHUTDOWN_MS],
  ["SIGQUIT", IMMEDIATE_SHUTDOWN_MS],
  ["SIGKILL", IMMEDIATE_SHUTDOWN_MS],
] as const;
const LAST_OUTPUT_MS = 100;
const SLOW_START_MS = 10_000;
const POLL_MS = 15;

/**
 * Starts a watchdog, then replaces the shell by PostgreSQL under the same process id. The watchdog stops PostgreSQL when
 * its pipe to this process closes, which the kernel ensures however this process ends. It is deliberately orphaned, so
 * that it is not a child process of the server.
 */
const LAUNCHER = '( ( read -r _ <&3 || kill -INT $$ ) >/dev/null 2>&1 & ); exec "$@" 3<&-';

export interface ServerOptions {
  /** The path of the program. */
  postgres: string;
  dataFolder: string;
  account: Account | undefined;
  settings: Record<string, string | number>;
  log: Log;
}

export interface Server {
  port: number;
  /** Resolves when the process has ended, with its last lines of output. */
  ended: Promise<string>;
  shutDown(): Promise<void>;
  /** Ends the process at once. */
  kill(): void;
}

/**
 * Starts PostgreSQL on 127.0.0.1, and waits until it accepts connections. After a crash that includes replaying the
 * write-ahead log, without a time limit.
 * @throws EmbeddedDatabaseError with PostgreSQL's last lines if it ends instead
 */
export async function launchServer(
  options: ServerOptions,
  port: number,
  signal: AbortSignal,
): Promise<Server> {
  const server = spawnServer(options, port);
  let lastLines: string | undefined;
  void server.ended.then((lines) => {
    lastLines = lines;
  });
  const startedAt = performance.now();
  let isSlowStartLogged = false;
  while (lastLines === undefined) {
    const pidFile = await readPidFile(options.dataFolder);
    // The file of a killed server may name the same process id: in a restarted container, ids begin at 1 again.
    const isOwn = pidFile?.pid === server.pid && pidFile?.port === port;
    if (isOwn && pidFile?.isReady) return { ...server, port };
    if (signal.aborted) await server.shutDown();
    if (!isSlowStartLogged && performance.now() - startedAt > SLOW_START_MS) {
      isSlowStartLogged = true;
      options.log.info(
        { dataFolder: options.dataFolder },
        "embedded database is still starting: replaying the write-ahead log",
      );
    }
    await sleep(POLL_MS);
  }
  throw new EmbeddedDatabaseError(`The embedded PostgreSQL did not start: ${lastLines}`);
}

function spawnServer({ postgres, dataFolder, account, settings, log }: ServerOptions, port: number) {
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const command = [postgres, "-D", dataFolder, "-p", String(port), ...flags];
  // detached: in a session of its own, Ctrl-C in a terminal does not stop it before the application has shut down.
  const child = spawn("/bin/sh", ["-c", LAUNCHER, "sh", ...command], {
    cwd: "/",
    env: MINIMAL_ENVIRONMENT,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    detached: true,
    ...accountOptions(account),
  });
  const watchdog = child.stdio[3] as Socket;
  const stderr = child.stderr as Socket;
  const serverLog = forwardServerLog(createInterface({ input: stderr }), log);
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
    // The last lines may arrive after the exit. The pipe closes only with the last orphan of a killed server, so the
    // wait for it is limited.
    child.once(
      "exit",
      () =>
        void settlesWithin(LAST_OUTPUT_MS, once(child, "close")).then(() => resolve(serverLog.lastLines())),
    );
  });
  child.once("exit", () => watchdog.end("ended\n"));
  watchdog.on("error", () => undefined);
  for (const handle of [child, watchdog, stderr]) handle.unref();
  const shutDown = async () => {
    serverLog.mute();
    for (const [name, timeoutMs] of SHUTDOWN_STEPS) {
      child.kill(name);
      if (await settlesWithin(timeoutMs, ended)) return;
    }
  };
  return { pid: child.pid, ended, shutDown, kill: () => void child.kill("SIGKILL") };
}

/** @returns whether the promise is fulfilled before the timeout */
async function settlesWithin(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
  return Promise.race([promise.then(() => true), timeout]).finally(() => timer.abort());
}

import cluster from "node:cluster";
import { env } from "./env.server.ts";
import type { RequestListener } from "./http/server/node-server.server.ts";
import { log } from "./log.server.ts";
import { startPrimary } from "./processes/primary.server.ts";
import { startSingleProcess } from "./processes/single-process.server.ts";
import { shutdownDeadlineMs } from "./processes/web-server.server.ts";
import { startWorker } from "./processes/worker.server.ts";
import { WorkerStartError } from "./processes/workers.server.ts";
import { runUntilSignaled } from "./shutdown.server.ts";
import { explainStartupError } from "./startup-error.server.ts";

/**
 * Starts this process: the only one, or with WEB_CONCURRENCY above 1 the primary or one of its workers. An error during
 * the start is logged in one line and ends the process with exit code 1.
 * @param createListener is called when the environment is valid and the database is open
 * @param program the path of the program of the workers; without it there is one process
 */
export async function startServer(createListener: () => RequestListener, program?: string): Promise<void> {
  const start = (signal: AbortSignal) => {
    if (env().WEB_CONCURRENCY === 1 || program === undefined)
      return startSingleProcess(createListener, signal);
    return cluster.isPrimary ? startPrimary(program, signal) : startWorker(createListener);
  };
  try {
    log.level = env().LOG_LEVEL;
    // A terminal sends Ctrl-C to the primary and to the workers, and the primary forwards it.
    await runUntilSignaled(start, { deadlineMs: shutdownDeadlineMs(), secondSignalExits: !cluster.isWorker });
  } catch (error) {
    // The reason of a failed start is logged even with LOG_LEVEL=silent.
    if (log.level === "silent") log.level = "fatal";
    const isLogged = error instanceof WorkerStartError && error.alreadyLogged;
    if (!isLogged) log.fatal({}, explainStartupError(error));
    process.exit(1);
  }
}

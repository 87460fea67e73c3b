import type { Interface } from "node:readline";
import type { Log } from "./types.ts";

const KEPT_LINES = 5;

/** How the server writes its lines; forward() reads them. English, since the cluster's messages are in locale C. */
export const LOG_SETTINGS = {
  log_line_prefix: "%b|",
  log_timezone: "UTC",
  log_checkpoints: "off",
  // DETAIL and STATEMENT would carry people's addresses and texts into our log.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
};

/**
 * Passes the server's warnings on to our log, through a pipe: no file that could fill the disk. What it answers to
 * clients is not among them: they have it, and a pool that retries during a restart would fill the log with it.
 */
export function forwardServerLog(lines: Interface, log: Log): { last(): string; quiet(): void } {
  const kept: string[] = [];
  let silent = false;
  lines.on("line", (line) => {
    const { backend, severity, message } = parse(line);
    if (!isForClient(backend)) kept.push(severity ? `${severity}: ${message}` : message);
    if (kept.length > KEPT_LINES) kept.shift();
    if (!silent && isWorthTelling(backend, severity, message))
      log.warn({ backend, severity }, `PostgreSQL: ${message}`);
  });
  return {
    last: () => kept.join("; "),
    /** A shutdown tells every client that it ends. */
    quiet: () => {
      silent = true;
    },
  };
}

function parse(line: string): { backend: string; severity: string; message: string } {
  const found = /^([^|]*)\|([A-Z]+): {2}(.*)$/.exec(line);
  return { backend: found?.[1] ?? "", severity: found?.[2] ?? "", message: found?.[3] ?? line };
}

function isWorthTelling(backend: string, severity: string, message: string): boolean {
  if (severity === "PANIC" || /was terminated by/.test(message)) return true;
  return !isForClient(backend) && ["WARNING", "ERROR", "FATAL"].includes(severity);
}

function isForClient(backend: string): boolean {
  return backend.endsWith("client backend");
}

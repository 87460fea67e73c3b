import type { Interface } from "node:readline";
import type { Log } from "../log.ts";

const MAX_LAST_LINES = 5;

/** The format that forwardServerLog() parses. Messages are in English, because the cluster's locale is C. */
export const LOG_SETTINGS = {
  log_line_prefix: "%b|",
  log_timezone: "UTC",
  log_checkpoints: "off",
  // DETAIL and STATEMENT would bring e-mail addresses and task texts into the log.
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
};

export interface ServerLog {
  /** Returns the last lines, to explain why the server ended. */
  lastLines(): string;
  /** Stops forwarding: during a shutdown the server logs a FATAL per client. */
  mute(): void;
}

/**
 * Forwards the server's warnings to the log. Errors that it returns to clients are left out: the clients handle them,
 * and a pool that reconnects during a restart would flood the log.
 */
export function forwardServerLog(lines: Interface, log: Log): ServerLog {
  const lastLines: string[] = [];
  let isMuted = false;
  lines.on("line", (line) => {
    const { backend, severity, message } = parseLine(line);
    if (!isClientBackend(backend)) lastLines.push(severity ? `${severity}: ${message}` : message);
    if (lastLines.length > MAX_LAST_LINES) lastLines.shift();
    if (!isMuted && isRelevant(backend, severity, message))
      log.warn({ backend, severity }, `PostgreSQL: ${message}`);
  });
  return {
    lastLines: () => lastLines.join("; "),
    mute: () => {
      isMuted = true;
    },
  };
}

function parseLine(line: string): { backend: string; severity: string; message: string } {
  const match = /^([^|]*)\|([A-Z]+): {2}(.*)$/.exec(line);
  return { backend: match?.[1] ?? "", severity: match?.[2] ?? "", message: match?.[3] ?? line };
}

function isRelevant(backend: string, severity: string, message: string): boolean {
  if (severity === "PANIC" || /was terminated by/.test(message)) return true;
  return !isClientBackend(backend) && ["WARNING", "ERROR", "FATAL"].includes(severity);
}

function isClientBackend(backend: string): boolean {
  return backend.endsWith("client backend");
}

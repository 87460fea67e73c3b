import cluster from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import pino, { type Logger, type LoggerOptions } from "pino";
import pretty from "pino-pretty";

/** Serializes an error without the drivers' extra fields: PostgreSQL's `detail` repeats the values of the rejected row. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  return {
    type: name,
    message,
    stack,
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}

const SECRET_KEYS = [
  "password",
  "password_hash",
  "token",
  "cookie",
  "authorization",
  "email",
  "secret",
  "title",
];

const OPTIONS: LoggerOptions = {
  base: cluster.isWorker ? { worker: process.pid } : null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (level) => ({ level }) },
  serializers: { err: describeError },
};

/** The logger: JSON lines on stdout, readable lines on a terminal. Redacts values that may be secrets, by key. */
export const log: Logger = pino(
  {
    ...OPTIONS,
    redact: {
      paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]),
      remove: true,
    },
  },
  process.stdout.isTTY
    ? pretty({ ignore: "pid,hostname", translateTime: "HH:MM:ss" })
    : pino.destination({ sync: true }),
);

/** How long a line of the access log may wait to be written. */
const FLUSH_MS = 1_000;
/** pino writes at most 16,384 bytes at once. */
const BUFFER_BYTES = 16_000;

interface AccessLogFields {
  time: string;
  event: string;
  [name: string]: unknown;
}

let accessLogFile: ReturnType<typeof pino.destination> | undefined;

/**
 * Creates a function that writes a line of the access log, on the same stdout. Lines are buffered for up to a second,
 * because a write per request costs more than the line itself; flushAccessLog writes the rest before an exit. The fields are
 * known and none is secret, so that JSON.stringify suffices, which takes less time than pino.
 */
export function createAccessLog(): (fields: AccessLogFields) => void {
  if (process.stdout.isTTY) return (fields) => log.info(fields, fields.event);
  const destination = pino.destination({ sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS });
  accessLogFile = destination;
  return (fields) => {
    const line = { level: "info", ...OPTIONS.base, ...fields, msg: fields.event };
    destination.write(`${JSON.stringify(line)}\n`);
  };
}

/** The longest wait for a reader of stdout that does not read. */
const FLUSH_TIMEOUT_MS = 1_000;

/**
 * Writes the waiting lines of the access log before an exit: pino would write them synchronously during the exit, and would
 * retry forever if the reader of stdout is gone.
 */
export async function flushAccessLog(): Promise<void> {
  const file = accessLogFile;
  if (!file) return;
  const flushed = new Promise<void>((resolve) => file.flush(() => resolve()));
  await Promise.race([flushed, sleep(FLUSH_TIMEOUT_MS, undefined, { ref: false })]);
}

const WARNING_INTERVAL_MS = 60_000;

/** Returns a function that logs a warning at most once a minute, for events that a client can repeat at will. */
export function warnOncePerMinute(message: string): (fields: object) => void {
  let mutedUntil = Number.NEGATIVE_INFINITY;
  return (fields) => {
    const now = performance.now();
    if (now < mutedUntil) return;
    mutedUntil = now + WARNING_INTERVAL_MS;
    log.warn(fields, message);
  };
}

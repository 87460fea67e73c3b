import cluster from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import pino, { type Logger, type LoggerOptions } from "pino";
import pretty from "pino-pretty";

/** Serializes an error without the drivers' extra fields: PostgreSQL's `detail` repeats the values of the rejected row. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  return {
    type: name,
    message,
    stack,
    ...(code !== undefined && { code }),
    ...(cause !== undefined && { cause: describeError(cause) }),
    // Of an AggregateError.
    ...(Array.isArray(errors) && { errors: errors.map(describeError) }),
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

interface Destination {
  write(text: string): void;
  /** Calls `done` when everything has been written, or cannot be. */
  flush(done: () => void): void;
}

/**
 * Opens stdout for lines. Drops those that cannot be written, for example to a file on a full disk: pino would end the
 * process, and at an exit it would retry forever. Later lines are written again.
 */
function openStdout(options: { sync: boolean; maxWrite?: number; minLength?: number }): Destination {
  const open = () => {
    const opened = pino.destination(options);
    opened.on("error", ({ code }: NodeJS.ErrnoException) => {
      // pino itself stops writing if the reader of a pipe has gone.
      if (code === "EPIPE" || opened !== current) return;
      current = open();
      // Drops the line, which it would write again before the next one.
      opened.destroy();
    });
    return opened;
  };
  let current = open();
  return {
    write: (text) => void current.write(text),
    flush: (done) => current.flush(() => done()),
  };
}

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
    : openStdout({ sync: true }),
);

/** A pipe of Linux writes this many bytes as one piece (PIPE_BUF), so that no other line of any process comes between. */
const ATOMIC_BYTES = 4_096;

interface AccessLogFields {
  time: string;
  event: string;
  [name: string]: unknown;
}

let accessLogFile: Destination | undefined;

/**
 * Creates a function that writes lines of the access log, on the same stdout: many at once, because a write per request
 * costs more than the line itself. flushAccessLog waits for them before an exit. The fields are known and none is secret, so
 * that JSON.stringify suffices, which takes less time than pino.
 */
export function createAccessLog(): (lines: AccessLogFields[]) => void {
  if (process.stdout.isTTY)
    return (lines) => {
      for (const fields of lines) log.info(fields, fields.event);
    };
  const destination = openStdout({
    sync: false,
    maxWrite: ATOMIC_BYTES,
    // Without a minimum, flush() would not wait for a write in progress.
    minLength: 1,
  });
  accessLogFile = destination;
  return (lines) => {
    for (const piece of atomicPieces(lines.map(toLine))) destination.write(piece);
  };
}

const toLine = (fields: AccessLogFields): string =>
  `${JSON.stringify({ level: "info", ...OPTIONS.base, ...fields, msg: fields.event })}\n`;

/** Joins lines, because pino measures all bytes that wait at each of its writes. */
function atomicPieces(lines: string[]): string[] {
  const pieces: string[] = [];
  let [piece, bytes] = ["", 0];
  for (const line of lines) {
    const lineBytes = Buffer.byteLength(line);
    if (bytes > 0 && bytes + lineBytes > ATOMIC_BYTES) {
      pieces.push(piece);
      [piece, bytes] = ["", 0];
    }
    piece += line;
    bytes += lineBytes;
  }
  return piece ? [...pieces, piece] : pieces;
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
  const flushed = new Promise<void>((resolve) => file.flush(resolve));
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

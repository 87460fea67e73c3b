import pino, { type Logger } from "pino";
import pretty from "pino-pretty";

/**
 * An error without what drivers hang on to it: PostgreSQL's `detail` repeats the row that offended, values and all.
 */
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

/**
 * The process's log: JSON lines on stdout, readable ones on a terminal. Values that could be secrets are cut out
 * wherever a caller puts them.
 */
export const log: Logger = pino(
  {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    serializers: { err: describeError },
    redact: {
      paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]),
      remove: true,
    },
  },
  process.stdout.isTTY
    ? pretty({ ignore: "pid,hostname", translateTime: "HH:MM:ss" })
    : pino.destination({ sync: true }),
);

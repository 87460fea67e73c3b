import pino, { type Logger } from "pino";
import pretty from "pino-pretty";

/**
 * The process's log: JSON lines on stdout, readable ones on a terminal. Values that could be secrets are cut out
 * wherever a caller puts them.
 */
export const log: Logger = pino(
  {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
    redact: {
      paths: ["password", "token", "cookie", "authorization", "email", "*.password", "*.token", "*.cookie"],
      remove: true,
    },
  },
  process.stdout.isTTY
    ? pretty({ ignore: "pid,hostname", translateTime: "HH:MM:ss" })
    : pino.destination({ sync: true }),
);

import { CircuitOpenError } from "./circuit-breaker.ts";
import { PoolExhaustedError } from "./pool-limiter.ts";

/** What went wrong, as far as a caller must tell it apart. */
export type DatabaseFailure =
  | { kind: "owner-gone" }
  | { kind: "unique"; constraint: string }
  | { kind: "bad-input" }
  | { kind: "unavailable" }
  | { kind: "unknown" };

/**
 * PostgreSQL's own answer to a value that cannot be stored or compared: wrong text for a type, out of range, a
 * character it has no room for, too long. The caller's input is at fault, not the database.
 */
const BAD_INPUT = new Set(["22P02", "22003", "22021", "22P05", "22001", "22007", "22008", "23502", "23514"]);

function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Node's and PostgreSQL's words for a connection that broke, or that nobody accepts. */
const LOST_CODES = new Set([
  ...[
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "EAI_AGAIN",
  ],
  // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections
  ...["57P01", "57P02", "57P03", "53300"],
]);
const LOST_WORDS = /connection (terminated|ended)|not queryable/i;
const SILENT_WORDS = /query read timeout|timeout expired/i;

/** Whether the connection broke or could not be made, so that the server may never have heard of it. */
export function isLostConnection(thrown: unknown): boolean {
  const error = driverError(thrown);
  // Several addresses of one host, each refused.
  if (error instanceof AggregateError) return error.errors.some(isLostConnection);
  if (!(error instanceof Error)) return false;
  const code = String((error as { code?: unknown }).code ?? "");
  return LOST_CODES.has(code) || /^08/.test(code) || LOST_WORDS.test(error.message);
}

/** Whether the server said nothing at all: broken off, or silent for too long. */
export function isOutage(thrown: unknown): boolean {
  const error = driverError(thrown);
  return isLostConnection(error) || (error instanceof Error && SILENT_WORDS.test(error.message));
}

/**
 * Whether a transaction lost against another one, and was undone whole: serialization_failure, deadlock_detected. Also
 * where the query has told it as an error of its own, with the driver's as its cause.
 */
export function isConflict(thrown: unknown): boolean {
  const state = sqlState(driverError(thrown));
  if (state === "40001" || state === "40P01") return true;
  return thrown instanceof Error && thrown.cause !== undefined && isConflict(thrown.cause);
}

/** Objection wraps what the driver threw in errors of its own, without the SQLSTATE. */
const driverError = (thrown: unknown): unknown =>
  (thrown as { nativeError?: unknown } | null)?.nativeError ?? thrown;

/** Sorts an error that a query threw. `unknown` is no database error: a bug of ours. */
export function classifyDatabaseError(thrown: unknown): DatabaseFailure {
  const error = driverError(thrown);
  const state = sqlState(error);
  if (state === "23505") {
    return { kind: "unique", constraint: String((error as { constraint?: unknown }).constraint ?? "") };
  }
  // Every foreign key here points at the user a row belongs to.
  if (state === "23503") return { kind: "owner-gone" };
  if (state && BAD_INPUT.has(state)) return { kind: "bad-input" };
  const away = error instanceof CircuitOpenError || error instanceof PoolExhaustedError;
  // KnexTimeoutError: a connection could not be made in the time that one may wait for it.
  const late = error instanceof Error && error.name === "KnexTimeoutError";
  return away || late || state || isOutage(error) ? { kind: "unavailable" } : { kind: "unknown" };
}

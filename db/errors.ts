import { CircuitOpenError } from "./circuit-breaker.ts";
import { PoolExhaustedError } from "./pool-limiter.ts";

/** The kinds of database errors that callers treat differently. */
export type DatabaseFailure =
  | { kind: "user-missing" }
  | { kind: "unique"; constraint: string }
  | { kind: "quota" }
  | { kind: "locked" }
  | { kind: "bad-input" }
  | { kind: "unavailable" }
  | { kind: "unknown" };

/**
 * SQLSTATEs of values that cannot be stored or compared: invalid text for a type, out of range, an untranslatable
 * character, too long, null, a failed check. The fault is in the input, not in the database.
 */
const BAD_INPUT = new Set(["22P02", "22003", "22021", "22P05", "22001", "22007", "22008", "23502", "23514"]);

/** The name that the trigger of task_count gives its check violation. */
const QUOTA_CONSTRAINT = "task_quota";

/** Codes of a connection that was lost or could not be opened. */
const LOST_CODES = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
  ...["ENOTFOUND", "EAI_AGAIN"],
  // admin_shutdown, crash_shutdown, cannot_connect_now
  ...["57P01", "57P02", "57P03"],
]);
/** SQLSTATE class 08 is connection_exception. */
const CONNECTION_EXCEPTION = /^08/;
const LOST_MESSAGE = /connection (terminated|ended)|not queryable/i;
const TIMEOUT_MESSAGE = /query read timeout|timeout expired/i;

/** Each SQLSTATE contains a digit, which tells it from the codes of Node such as EPIPE. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;

function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && SQLSTATE.test(code) ? code : undefined;
}

/** Node.js 24 ends some messages with advice of its own, which would contradict connectAdvice(). */
const NODE_ADVICE = /; if the root CA is installed locally, try running Node\.js with --use-system-ca$/;

/** Returns the message of an error. An AggregateError has none: Node throws it if all addresses of a host refuse. */
export function errorReason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(errorReason).join("; ");
  return error instanceof Error ? error.message.replace(NODE_ADVICE, "") : String(error);
}

/**
 * A connection could not be opened, and PostgreSQL gave no SQLSTATE as the reason: the server cannot be reached, its
 * certificate is not valid, or the client has no password. The cause is the error of pg or Node, with its message.
 */
export class ConnectError extends Error {
  override readonly name = "ConnectError";

  constructor(cause: unknown) {
    super(errorReason(cause), { cause });
  }
}

/**
 * Runs an attempt to open a connection.
 * @throws ConnectError; PostgreSQL's own error if it rejected the connection
 */
export async function connecting<T>(connect: () => Promise<T>): Promise<T> {
  try {
    return await connect();
  } catch (error) {
    throw sqlState(error) === undefined ? new ConnectError(error) : error;
  }
}

/** Objection wraps the driver's error, without the SQLSTATE. */
const driverError = (thrown: unknown): unknown =>
  (thrown as { nativeError?: unknown } | null)?.nativeError ?? thrown;

/** Returns true if the connection was lost, or could not be opened for a reason that may pass within a second. */
export function isLostConnection(thrown: unknown): boolean {
  const error = driverError(thrown);
  if (error instanceof ConnectError) return isLostConnection(error.cause);
  if (error instanceof AggregateError) return error.errors.some(isLostConnection);
  if (!(error instanceof Error)) return false;
  const code = String((error as { code?: unknown }).code ?? "");
  return LOST_CODES.has(code) || CONNECTION_EXCEPTION.test(code) || LOST_MESSAGE.test(error.message);
}

/**
 * Returns true for too_many_connections. It is an answer of a server that is running, not an outage: its slots are in
 * use, perhaps by this very pool.
 */
export const isTooManyConnections = (thrown: unknown): boolean => sqlState(driverError(thrown)) === "53300";

/** Returns true if no connection could be opened, the connection was lost, or the time limit was exceeded. */
export function isOutage(thrown: unknown): boolean {
  const error = driverError(thrown);
  if (error instanceof ConnectError) return true;
  return isLostConnection(error) || (error instanceof Error && TIMEOUT_MESSAGE.test(error.message));
}

/**
 * Returns true for serialization_failure and deadlock_detected: PostgreSQL has rolled back the whole transaction. Looks
 * at causes too, because repositories throw AppErrors whose cause is the driver's error.
 */
export function isConflict(thrown: unknown): boolean {
  const state = sqlState(driverError(thrown));
  if (state === "40001" || state === "40P01") return true;
  return thrown instanceof Error && thrown.cause !== undefined && isConflict(thrown.cause);
}

/** Classifies an error that a query threw. `unknown` is not a database error but a bug of the application. */
export function classifyDatabaseError(thrown: unknown): DatabaseFailure {
  const error = driverError(thrown);
  const state = sqlState(error);
  const constraint = String((error as { constraint?: unknown } | null)?.constraint ?? "");
  if (state === "23505") return { kind: "unique", constraint };
  if (state === "23514" && constraint === QUOTA_CONSTRAINT) return { kind: "quota" };
  // lock_not_available. Only the statements with an idempotency key limit how long they wait for a lock.
  if (state === "55P03") return { kind: "locked" };
  // Every foreign key of the schema references the user that a row belongs to.
  if (state === "23503") return { kind: "user-missing" };
  if (state && BAD_INPUT.has(state)) return { kind: "bad-input" };
  const isRejected = error instanceof CircuitOpenError || error instanceof PoolExhaustedError;
  // tarn's error: no connection could be opened within the acquire timeout.
  const isAcquireTimeout = error instanceof Error && error.name === "KnexTimeoutError";
  const isUnavailable = isRejected || isAcquireTimeout || state !== undefined || isOutage(error);
  return { kind: isUnavailable ? "unavailable" : "unknown" };
}

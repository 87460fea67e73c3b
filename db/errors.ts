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

/**
 * Whether an error came from the database at all. The driver and the pool mark theirs by SQLSTATE, by a system error
 * code, or only by their words.
 */
function isDatabaseError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (sqlState(error) || (typeof code === "string" && /^E[A-Z]+$/.test(code))) return true;
  if (error.name === "KnexTimeoutError" || error.name === "AggregateError") return true;
  return /connection (terminated|ended)|query read timeout|not queryable|timeout expired|the pool|aborted/i.test(
    error.message,
  );
}

/** Sorts an error that a query threw. `unknown` is no database error: a bug of ours. */
export function classify(thrown: unknown): DatabaseFailure {
  // Objection wraps what the driver threw in errors of its own, without the SQLSTATE.
  const error = (thrown as { nativeError?: unknown } | null)?.nativeError ?? thrown;
  const state = sqlState(error);
  if (state === "23505") {
    return { kind: "unique", constraint: String((error as { constraint?: unknown }).constraint ?? "") };
  }
  // Every foreign key here points at the user a row belongs to.
  if (state === "23503") return { kind: "owner-gone" };
  if (state && BAD_INPUT.has(state)) return { kind: "bad-input" };
  return isDatabaseError(error) ? { kind: "unavailable" } : { kind: "unknown" };
}

import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import { isConflict, isLostConnection, isTooManyConnections } from "./errors.ts";
import type { Log } from "./log.ts";

type Operation = "connect" | "read" | "transaction";
/** Called before each repetition. */
export type OnRetry = (operation: Operation, error: unknown) => void;

const RETRIES = 4;
const MAX_DELAY_MS = 500;
const CONNECT_DELAY_MS = 50;
const CONFLICT_DELAY_MS = 20;
/** A read that failed later than this would exceed its time limit if it were repeated. */
const READ_RETRY_WITHIN_MS = 3_000;
const LOG_INTERVAL_MS = 10_000;

function retryPolicy(
  operation: Operation,
  isRetryable: (error: unknown) => boolean,
  initialDelay: number,
  onRetry: OnRetry,
) {
  const policy = retry(handleWhen(isRetryable), {
    maxAttempts: RETRIES,
    backoff: new ExponentialBackoff({ initialDelay, maxDelay: MAX_DELAY_MS }),
  });
  policy.onRetry((reason) => onRetry(operation, "error" in reason && reason.error));
  return policy;
}

/**
 * Connects, and retries for about as long as PostgreSQL takes to restart. Also retries after too_many_connections: a
 * connection that has just been closed keeps its slot for some milliseconds.
 */
export function retryConnect<T>(connect: () => Promise<T>, onRetry: OnRetry): Promise<T> {
  const isRetryable = (error: unknown) => isLostConnection(error) || isTooManyConnections(error);
  return retryPolicy("connect", isRetryable, CONNECT_DELAY_MS, onRetry).execute(connect);
}

/**
 * Runs a transaction, and repeats it after serialization_failure and deadlock_detected: PostgreSQL has rolled back all
 * of it. A lost connection is not retried, because the COMMIT may have succeeded.
 */
export function retryConflicts<T>(transaction: () => Promise<T>, onRetry: OnRetry): Promise<T> {
  return retryPolicy("transaction", isConflict, CONFLICT_DELAY_MS, onRetry).execute(transaction);
}

interface RepeatableQuery<T> {
  run(): Promise<T>;
  repeat(): Promise<T>;
  /** Called only after a failure. */
  isReadOnly(): boolean;
}

/** Runs a query. If it only reads and its connection was lost, repeats it once. */
export async function retryRead<T>(query: RepeatableQuery<T>, onRetry: OnRetry): Promise<T> {
  const startedAt = performance.now();
  try {
    return await query.run();
  } catch (error) {
    const isLate = performance.now() - startedAt > READ_RETRY_WITHIN_MS;
    if (isLate || !isLostConnection(error) || !query.isReadOnly()) throw error;
    onRetry("read", error);
    return query.repeat();
  }
}

/** Logs retries, at most one per operation in ten seconds: an outage causes many for one reason. */
export function createRetryLog(log: Log): OnRetry {
  const lastLoggedAt = new Map<Operation, number>();
  return (operation, error) => {
    const now = performance.now();
    if (now - (lastLoggedAt.get(operation) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL_MS) return;
    lastLoggedAt.set(operation, now);
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ operation, reason }, "retrying database operation");
  };
}

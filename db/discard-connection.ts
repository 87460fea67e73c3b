import type { Client } from "pg";

/** pg's client. The pool does not reuse one with `__knex__disposed` set. */
export type Connection = Client & {
  __knex__disposed?: unknown;
  connection: { stream: { destroy(): void } };
  /** In ms of performance.now(). */
  connectedAt?: number;
  /** Set once the circuit breaker has counted its loss. */
  isLossCounted?: boolean;
};

/** Closes a connection without PostgreSQL's Terminate message, which a silent server would never read. */
export function discard(connection: Connection, reason: unknown): void {
  connection.__knex__disposed = reason;
  connection.connection.stream.destroy();
}

/** Runs `work` on a connection, and discards the connection if that takes too long. */
export async function discardUnlessSettled<T>(
  connection: Connection,
  work: () => Promise<T>,
  timeoutMs: number,
): Promise<T> {
  const timer = setTimeout(discard, timeoutMs, connection, `no response within ${timeoutMs} ms`);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}

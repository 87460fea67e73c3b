import PgClient from "knex/lib/dialects/postgres/index.js";
import type { CircuitBreaker } from "./circuit-breaker.ts";
import { type Connection, discard, discardUnlessSettled } from "./discard-connection.ts";
import { connecting, isOutage, isTooManyConnections } from "./errors.ts";
import {
  type Builder,
  isReadOnly,
  type PreparedStatement,
  type QueryResult,
  type Statement,
} from "./knex-statement.ts";
import type { PoolLimiter } from "./pool-limiter.ts";
import { timeQuery } from "./query-timing.ts";
import { type OnRetry, retryConnect, retryRead } from "./retry.ts";

/** Passed in Knex's configuration. The clients of transactions share it. */
export interface Resilience {
  breaker: CircuitBreaker;
  limiter: PoolLimiter;
  onRetry: OnRetry;
}

const DISCONNECT_TIMEOUT_MS = 1_000;

/** Knex's PostgreSQL client for a single connection. Its errors are those of `connecting`. */
export class SingleConnectionClient extends PgClient {
  override acquireRawConnection(): Promise<Connection> {
    return connecting(() => super.acquireRawConnection() as Promise<Connection>);
  }
}

/**
 * Knex's PostgreSQL client behind the circuit breaker, the pool limiter and the retries. Every query of the process
 * passes here, including those of Objection, Better Auth's adapter and the health check.
 */
export class ResilientClient extends PgClient {
  private get resilience(): Resilience {
    return (this.config as { resilience: Resilience }).resilience;
  }

  override async acquireRawConnection(): Promise<Connection> {
    const { breaker, onRetry } = this.resilience;
    const connect = () => connecting(() => super.acquireRawConnection() as Promise<Connection>);
    const connection = await retryConnect(connect, onRetry);
    connection.connectedAt = performance.now();
    breaker.recordSuccess();
    return connection;
  }

  /** Knex runs it on the first connection, and leaves that open if there is no response. */
  override async checkVersion(connection: Connection): Promise<string> {
    try {
      return await super.checkVersion(connection);
    } catch (error) {
      discard(connection, error);
      throw error;
    }
  }

  /** A connection from before an outage may be dead, and its first query would wait for the time limit. */
  override validateConnection(connection: Connection): boolean {
    const openedAt = this.resilience.breaker.lastOpenedAt();
    return openedAt === undefined || (connection.connectedAt ?? 0) > openedAt;
  }

  override async destroyRawConnection(connection: Connection): Promise<void> {
    const disconnect = () => super.destroyRawConnection(connection);
    await discardUnlessSettled(connection, disconnect, DISCONNECT_TIMEOUT_MS);
  }

  override async acquireConnection(): Promise<Connection> {
    const { breaker, limiter } = this.resilience;
    const startedAt = performance.now();
    breaker.assertClosed();
    await limiter.acquire();
    for (;;) {
      try {
        breaker.assertResponsive(startedAt);
        return (await super.acquireConnection()) as Connection;
      } catch (error) {
        // The pool cannot grow. If it has other connections, one of them will become free.
        if (isTooManyConnections(error) && limiter.inUse() > 1) {
          await limiter.reacquire(startedAt);
          continue;
        }
        limiter.release();
        if (isOutage(error)) breaker.recordFailure(error);
        throw error;
      }
    }
  }

  override async releaseConnection(connection: Connection): Promise<void> {
    try {
      await super.releaseConnection(connection);
    } finally {
      this.resilience.limiter.release();
    }
  }

  override async _query(connection: Connection, statement: Statement): Promise<QueryResult> {
    const { breaker } = this.resilience;
    try {
      const result = await timeQuery(() => super._query(connection, statement));
      breaker.recordSuccess();
      return result;
    } catch (error) {
      if (isOutage(error)) {
        discard(connection, error);
        // In a lost transaction the statement fails, and then the ROLLBACK.
        if (!connection.isLossCounted) breaker.recordFailure(error);
        connection.isLossCounted = true;
      } else {
        breaker.recordSuccess();
      }
      throw error;
    }
  }

  /** Retries reads, except in a transaction, which ends with its connection. */
  override runner(builder: Builder): { run(): Promise<unknown> } {
    const runner = super.runner(builder) as { run(): Promise<unknown> };
    if (this.transacting) return runner;
    const query = {
      run: runner.run.bind(runner),
      repeat: () => super.runner(builder).run(),
      isReadOnly: () => isReadOnly(builder),
    };
    runner.run = () => retryRead(query, this.resilience.onRetry);
    return runner;
  }

  /**
   * Runs a frequent statement without Knex's query building, which takes a tenth of the time of an API request.
   * @param isNamed whether PostgreSQL keeps its plan under its name
   * @returns the rows
   */
  queryPrepared(
    { name, sql, readOnly }: PreparedStatement,
    bindings: unknown[],
    isNamed: boolean,
  ): Promise<unknown[]> {
    const statement: Statement = { sql, bindings, ...(isNamed && { options: { name } }) };
    const run = async () => {
      const connection = await this.acquireConnection();
      try {
        // Knex emits this event for every query that it builds.
        this.emit("query", statement);
        const { response } = await this._query(connection, statement);
        return response.rows;
      } finally {
        await this.releaseConnection(connection);
      }
    };
    return retryRead({ run, repeat: run, isReadOnly: () => readOnly }, this.resilience.onRetry);
  }

  /**
   * Runs one query on a connection of its own, without pool and breaker: the breaker's probe. A server without a free
   * slot has answered too: the idle connections of this pool may hold all slots, and give way only when the breaker closes.
   */
  async probe(): Promise<void> {
    try {
      const connection = (await super.acquireRawConnection()) as Connection;
      const select = () => super._query(connection, { sql: "select 1" });
      await select().finally(() => discard(connection, "it was a probe"));
    } catch (error) {
      if (!isTooManyConnections(error)) throw error;
    }
  }

  /** Returns the number of connections that callers use or are promised. */
  inUse(): number {
    return this.resilience.limiter.inUse();
  }

  /**
   * Runs one query on a connection of the pool. The breaker does not count its outcome.
   * @throws Error if it takes longer than `timeoutMs`; CircuitOpenError while the breaker is open
   */
  async ping(timeoutMs: number): Promise<void> {
    this.resilience.breaker.assertClosed();
    const acquiring = super.acquireConnection() as Promise<Connection>;
    const exchange = acquiring.then(async (connection) => {
      const select = () => super._query(connection, { sql: "select 1" });
      try {
        await discardUnlessSettled(connection, select, timeoutMs);
      } finally {
        await super.releaseConnection(connection);
      }
    });
    await Promise.race([exchange, rejectAfter(timeoutMs)]);
  }
}

const rejectAfter = (timeoutMs: number): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(reject, timeoutMs, new Error(`No response within ${timeoutMs} ms.`)).unref();
  });

import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import type { Knex } from "knex";
import PgClient from "knex/lib/dialects/postgres/index.js";
import type { Client } from "pg";
import { type CircuitBreaker, CircuitOpenError } from "./circuit-breaker.ts";
import { isConflict, isLostConnection, isOutage } from "./errors.ts";
import type { PoolLimiter } from "./pool-limiter.ts";

/** pg's client, with Knex's mark on one that the pool must not hand out again. */
type Connection = Client & {
  __knex__disposed?: unknown;
  connection: { stream: { destroy(): void } };
  bornAt?: number;
};

/** What Knex makes of a builder. */
interface Statement {
  sql: string;
  method?: string;
  /** `reads`: a raw statement that says of itself that it changes nothing. */
  options?: { name?: string; reads?: boolean };
}
interface Builder {
  toSQL(): Statement | Statement[];
}
type Container = (trx: Knex.Transaction) => Promise<unknown>;

/** What the client is given besides Knex's own configuration; the clients of its transactions share it. */
export interface Resilience {
  outage: CircuitBreaker;
  admission: PoolLimiter;
  /** Told of each thing that is tried again, and why. */
  retrying(what: "connect" | "read" | "transaction", error: unknown): void;
}

const backoff = (maxAttempts: number, initialDelay: number) => ({
  maxAttempts,
  backoff: new ExponentialBackoff({ initialDelay, maxDelay: 500 }),
});

/** A server that has answered nobody for so long would not answer one more. */
const SILENCE_MS = 4_000;
/** A read that took longer to fail would, asked again, end too late. */
const READ_AGAIN_WITHIN_MS = 3_000;
/** How long a connection may take over saying goodbye. */
const DISCONNECT_TIMEOUT_MS = 1_000;

const READ_METHODS = new Set(["select", "first", "pluck"]);

/** Statements that only read: Knex's own, and raw ones that say so. */
function onlyReads(builder: Builder): boolean {
  const statement = builder.toSQL();
  if (Array.isArray(statement)) return false;
  if (statement.options?.reads) return true;
  return READ_METHODS.has(statement.method ?? "") && !/\bfor (update|share)\b/i.test(statement.sql);
}

/** Closes a connection whose server is silent or gone. Taking leave politely would wait for its answer. */
function discard(connection: Connection, why: unknown): void {
  connection.__knex__disposed = why;
  connection.connection.stream.destroy();
}

/**
 * Knex's PostgreSQL client with all that stands between us and a server that may fail: the breaker, the limit on
 * connections, and retries where they cannot double anything. Every query of the process passes here, whoever built
 * it: Objection, Better Auth's adapter, the health check.
 */
export class ResilientClient extends PgClient {
  /** Connecting doubles nothing, so it is tried again for about as long as a restart takes. */
  private connecting() {
    const policy = retry(handleWhen(isLostConnection), backoff(4, 50));
    policy.onRetry((reason) => this.resilience.retrying("connect", "error" in reason && reason.error));
    return policy;
  }

  private get resilience(): Resilience {
    return (this.config as { resilience: Resilience }).resilience;
  }

  override async acquireRawConnection(): Promise<Connection> {
    const connection = (await this.connecting().execute(() => super.acquireRawConnection())) as Connection;
    connection.bornAt = Date.now();
    this.resilience.outage.answered();
    return connection;
  }

  /** Asked once, on the first connection. Knex would leave that open when there is no answer. */
  override async checkVersion(connection: Connection): Promise<string> {
    try {
      return await super.checkVersion(connection);
    } catch (error) {
      discard(connection, error);
      throw error;
    }
  }

  /** Connections from before an outage may be dead without knowing it, and would cost somebody a wait each. */
  override validateConnection(connection: Connection): boolean {
    return (connection.bornAt ?? 0) > this.resilience.outage.lastBreak();
  }

  override async destroyRawConnection(connection: Connection): Promise<void> {
    const timer = setTimeout(discard, DISCONNECT_TIMEOUT_MS, connection, "it did not say goodbye");
    await super.destroyRawConnection(connection).finally(() => clearTimeout(timer));
  }

  override async acquireConnection(): Promise<Connection> {
    const { outage, admission } = this.resilience;
    const began = Date.now();
    outage.check();
    await admission.enter();
    try {
      // It may have opened while we waited, or be about to.
      outage.check();
      if (Date.now() - Math.max(began, outage.lastAnswer()) > SILENCE_MS)
        throw new CircuitOpenError("The database answered nobody while this one waited.");
      return (await super.acquireConnection()) as Connection;
    } catch (error) {
      admission.leave();
      if (isOutage(error)) outage.failed(error);
      throw error;
    }
  }

  override async releaseConnection(connection: Connection): Promise<void> {
    try {
      await super.releaseConnection(connection);
    } finally {
      this.resilience.admission.leave();
    }
  }

  override async _query(connection: Connection, statement: Statement): Promise<unknown> {
    const { outage } = this.resilience;
    try {
      const answer = await super._query(connection, statement);
      outage.answered();
      return answer;
    } catch (error) {
      if (isOutage(error)) {
        discard(connection, error);
        outage.failed(error);
      } else {
        outage.answered();
      }
      throw error;
    }
  }

  /** A read whose connection broke is asked once more, on another one. Within a transaction nothing is. */
  override runner(builder: Builder): { run(): Promise<unknown> } {
    const runner = super.runner(builder) as { run(): Promise<unknown> };
    if (this.transacting) return runner;
    const run = runner.run.bind(runner);
    runner.run = () => {
      const began = Date.now();
      return run().catch((error: unknown) => {
        const late = Date.now() - began > READ_AGAIN_WITHIN_MS;
        if (late || !isLostConnection(error) || !onlyReads(builder)) throw error;
        this.resilience.retrying("read", error);
        return super.runner(builder).run();
      });
    };
    return runner;
  }

  /** A transaction that lost against another one was undone whole, so it may be run whole again. */
  override transaction(container: Container, config: object, outer: unknown): Knex.Transaction {
    if (this.transacting || outer) return super.transaction(container, config, outer);
    const policy = retry(handleWhen(isConflict), backoff(4, 20));
    policy.onRetry((reason) => this.resilience.retrying("transaction", "error" in reason && reason.error));
    const kept = policy.execute(() => super.transaction(container, config, outer));
    // Knex hands this on to whoever awaits it; nobody here uses the events that its own kind of promise adds.
    return kept as unknown as Knex.Transaction;
  }

  /** One exchange on a connection of its own, past pool and breaker: the breaker's probe. */
  async probe(): Promise<void> {
    const connection = (await super.acquireRawConnection()) as Connection;
    try {
      await super._query(connection, { sql: "select 1" });
    } finally {
      discard(connection, "it was a probe");
    }
  }

  /** How many connections are promised to somebody, or in their hands. */
  held(): number {
    return this.resilience.admission.held();
  }

  /** Whether every connection there may be is in somebody's hands. */
  isBusy(): boolean {
    return this.pool.numUsed() >= this.pool.max;
  }

  /**
   * One exchange on a connection of the pool that counts for nothing, good or bad.
   * @throws Error when it takes longer than `patienceMs`; DatabaseAwayError while the breaker is open
   */
  async ping(patienceMs: number): Promise<void> {
    const { outage } = this.resilience;
    outage.check();
    const acquiring = super.acquireConnection() as Promise<Connection>;
    const exchange = acquiring.then(async (connection) => {
      const timer = setTimeout(discard, patienceMs, connection, "it did not answer a ping");
      try {
        await super._query(connection, { sql: "select 1" });
      } finally {
        clearTimeout(timer);
        await super.releaseConnection(connection);
      }
    });
    await Promise.race([exchange, expire(patienceMs)]);
  }
}

const expire = (ms: number): Promise<never> =>
  new Promise((_, reject) => {
    setTimeout(reject, ms, new Error(`No answer within ${ms} ms.`)).unref();
  });

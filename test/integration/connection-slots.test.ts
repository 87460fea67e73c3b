import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "knex";
import pg from "pg";
import { afterEach, beforeEach, expect, it } from "vitest";
import { query } from "#app/repositories/database-errors.server.ts";
import { closeDatabase, openDatabase } from "#db/connection.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { waitFor } from "../support/wait-for.ts";

/*
 * A role with a limit of connections: PostgreSQL refuses further ones with SQLSTATE 53300.
 */
const SLOTS = 5;
/** Of one query: one and four retries. */
const CONNECT_ATTEMPTS = 5;
const OPENED = "circuit breaker opened: database unavailable";
const CLOSED = "circuit breaker closed: database available";

let database: TestDatabase;
let proxy: DatabaseProxy;
let role: string;
let knex: Knex;
let logged: string[];
let others: pg.Client[];
beforeEach(async () => {
  database = await createTestDatabase();
  role = `limited_${randomUUID().replaceAll("-", "")}`;
  await queryRows(database.url, `create role ${role} login password 'limited' connection limit ${SLOTS}`);
  proxy = await startDatabaseProxy(database.url);
  others = [];
  logged = [];
  knex = open({ min: 0 });
});
/** Opens the database through the proxy. */
function open({ min }: { min: number }): Knex {
  const record = (_: object, message: string) => void logged.push(message);
  const pool = { min, max: 20, overflow: 30, timeoutMs: 10_000 };
  const log = { info: record, warn: record, error: record };
  return openDatabase({ url: asRole(proxy.url), pool, pgbouncer: false, log });
}
afterEach(async () => {
  await closeDatabase();
  await releaseSlots();
  await proxy.close();
  await database.drop();
  await queryRows(process.env.TEST_DATABASE_URL ?? "", `drop role ${role}`);
});

function asRole(url: string): string {
  const limited = new URL(url);
  limited.username = role;
  limited.password = "limited";
  return limited.href;
}

/** Takes every slot of the role for clients outside the pool. */
async function takeSlots(): Promise<void> {
  others = Array.from({ length: SLOTS }, () => new pg.Client({ connectionString: asRole(database.url) }));
  await Promise.all(others.map((client) => client.connect()));
}
const releaseSlots = () => Promise.all(others.splice(0).map((client) => client.end()));

it("40 concurrent read loops are all served over the connection slots that the server has", async () => {
  const endsAt = performance.now() + 3_000;
  const pids = new Set<number>();
  const readUntilEnd = async () => {
    while (performance.now() < endsAt) {
      const { rows } = await knex.raw("select pg_backend_pid() as pid, pg_sleep(0.01)");
      pids.add(rows[0].pid);
    }
  };
  const loops = await Promise.allSettled(Array.from({ length: 40 }, readUntilEnd));
  expect(loops.filter(({ status }) => status === "rejected")).toEqual([]);
  expect(pids.size).toBe(SLOTS);
  expect(logged).not.toContain(OPENED);
});

/** Sends queries that need no slot of the role. @returns a function that stops and returns the slowest one's time in ms */
function measureMachineDelay(): () => Promise<number> {
  let slowestMs = 0;
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      const startedAt = performance.now();
      await queryRows(database.url, "select 1");
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      await sleep(20);
    }
  })();
  return async () => {
    stopping = true;
    await running;
    return slowestMs;
  };
}

it("without a free slot a query gets DB_ERROR within seven seconds, and the circuit breaker stays closed", async () => {
  await takeSlots();
  const stopMeasuring = measureMachineDelay();
  const startedAt = performance.now();
  const read = () => query(() => knex.raw("select 1"));
  const reads = await Promise.allSettled(Array.from({ length: 8 }, read));
  const readsMs = performance.now() - startedAt;
  const machineDelayMs = await stopMeasuring();
  for (const result of reads) expect(result).toMatchObject({ reason: { code: "DB_ERROR" } });
  // The machine's own delay does not count. Each of the attempts to connect, which follow each other, may have it.
  expect(readsMs).toBeLessThan(7_000 + CONNECT_ATTEMPTS * machineDelayMs);
  expect(logged).not.toContain(OPENED);
  await releaseSlots();
  await waitFor(read);
});

/** The server processes of the role. */
const backends = async (): Promise<number[]> => {
  const sql = "select pid from pg_stat_activity where usename = $1 order by pid";
  const rows = await queryRows(database.url, sql, [role]);
  return rows.map(({ pid }) => pid);
};

it("idle connections from before an outage give way, although they hold every slot of the role", async () => {
  await closeDatabase();
  // The pool keeps idle connections up to its minimum for good.
  knex = open({ min: SLOTS });
  const transactions = await Promise.all(Array.from({ length: SLOTS }, () => knex.transaction()));
  await Promise.all(transactions.map((transaction) => transaction.raw("select 1")));
  const old = await backends();
  expect(old).toHaveLength(SLOTS);
  proxy.refuseConnections();
  await Promise.allSettled([1, 2, 3].map(() => knex.raw("select 1")));
  expect(logged).toContain(OPENED);
  await Promise.all(transactions.map((transaction) => transaction.commit()));
  expect(await backends()).toEqual(old);
  expect(logged).not.toContain(CLOSED);

  await proxy.heal();
  const errors: string[] = [];
  const read = async () => (await knex.raw("select pg_backend_pid() as pid, pg_sleep(0.1)")).rows[0].pid;
  const keepError = (error: Error) => {
    errors.push(error.name);
    throw error;
  };
  const readers = Array.from({ length: SLOTS }, () => waitFor(() => read().catch(keepError)));
  const pids = await Promise.all(readers);
  expect(logged).toContain(CLOSED);
  expect(errors.filter((name) => name !== "CircuitOpenError")).toEqual([]);
  expect(pids.filter((pid) => old.includes(pid))).toEqual([]);
});

it("an open circuit breaker closes if the server answers that it has no free slot", async () => {
  await proxy.cutConnections();
  await Promise.allSettled([1, 2, 3].map(() => knex.raw("select 1")));
  expect(logged).toContain(OPENED);
  await takeSlots();
  await proxy.heal();
  await waitFor(() => expect(logged).toContain(CLOSED));
  await releaseSlots();
  await waitFor(() => knex.raw("select 1"));
});

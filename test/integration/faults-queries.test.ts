import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { query } from "#app/repositories/database-errors.server.ts";
import { identityStore } from "#app/repositories/identity/identity-store.server.ts";
import { knexAdapter } from "#app/repositories/identity/knex-adapter.server.ts";
import { insertTask } from "#app/repositories/tasks.server.ts";
import { closeDatabase, openDatabase, pingServer, queryPrepared, withTransaction } from "#db/connection.ts";
import type { ResilientClient } from "#db/knex-client.ts";
import type { Log } from "#db/log.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { untilRowAwaited } from "../support/lock-waits.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { waitFor } from "../support/wait-for.ts";

const POOL_MAX = 3;
const USER_ID = randomUUID();
const CALLER = { userId: USER_ID, sessionId: randomUUID() };
const QUOTA = { quota: 100 };

let database: TestDatabase;
let proxy: DatabaseProxy;
let knex: Knex;
let logged: string[];
beforeEach(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  await queryRows(database.url, `insert into "user" (id, email, name) values ($1, 'a@example.org', 'Ada')`, [
    USER_ID,
  ]);
  await queryRows(
    database.url,
    "insert into session (id, user_id, token, expires_at) values ($1, $2, 'token', now() + interval '1 day')",
    [CALLER.sessionId, USER_ID],
  );
  proxy = await startDatabaseProxy(database.url);
  logged = [];
  knex = open(POOL_MAX);
});

/** Opens the database through the proxy, with `max` connections. */
function open(max: number): Knex {
  const record = (fields: object, message: string) =>
    void logged.push(`${message} ${(fields as { operation?: string }).operation ?? ""}`.trim());
  const log: Log = { info: record, warn: record, error: record };
  const pool = { min: 0, max, overflow: 0, timeoutMs: 30_000 };
  return openDatabase({ url: proxy.url, pool, pgbouncer: false, log });
}
afterEach(async () => {
  // After any failure, every permit of the pool limiter has been released exactly once.
  expect(permitsInUse()).toBe(0);
  await proxy.heal();
  await closeDatabase();
  await proxy.close();
  await database.drop();
});

const TITLES = { name: "titles", sql: "select title from task", readOnly: true };
const permitsInUse = () => (knex.client as ResilientClient).inUse();
const titles = async () =>
  (await queryRows(database.url, "select title from task order by id")).map((row) => row.title);
const insertedId = async (title: string) => {
  await insertTask(CALLER, { title }, QUOTA);
  const [row] = await queryRows(database.url, "select id from task where title = $1", [title]);
  return row.id;
};
const OPENED = "circuit breaker opened: database unavailable";
const CLOSED = "circuit breaker closed: database available";
const untilOpened = () =>
  waitFor(
    async () => {
      const error = await knex.raw("select 1").catch((reason: Error) => reason);
      expect(error.name).toBe("CircuitOpenError");
    },
    { interval: 10 },
  );
const untilResponsive = () => waitFor(() => knex.raw("select 1"));

describe("a write whose response is lost", () => {
  it("is not retried: one row, one DB_ERROR", async () => {
    proxy.cutResponseTo(/insert into/);
    const failure = await insertTask(CALLER, { title: "once" }, QUOTA).catch((error) => error);
    expect(failure.code).toBe("DB_ERROR");
    expect(failure.retryAfterSeconds).toBeGreaterThan(0);
    await waitFor(async () => expect(await titles()).toEqual(["once"]));
    expect(logged).toEqual([]);
  });

  it.each(["insert", "update", "raw"])("is not retried if it is sent by Knex's %s", async (way) => {
    await insertTask(CALLER, { title: "0" }, QUOTA);
    proxy.cutResponseTo(/insert into|update "task"/);
    const bump = {
      insert: () => knex("task").insert({ user_id: USER_ID, title: "0x" }),
      update: () => knex("task").update({ title: knex.raw("title || 'x'") }),
      raw: () => knex.raw("insert into task (user_id, title) values (?, '0x') returning id", [USER_ID]),
    }[way];
    await expect(bump?.()).rejects.toThrow();
    await waitFor(async () => expect((await titles()).at(-1)).toBe("0x"));
    expect((await titles()).filter((title) => title === "0x")).toHaveLength(1);
  });

  it("is not retried if it is a COMMIT: the transaction runs once", async () => {
    proxy.cutResponseTo(/COMMIT/);
    let runs = 0;
    const failure = query(() =>
      withTransaction(async (trx) => {
        runs += 1;
        await trx("task").insert({ user_id: USER_ID, title: "once" });
      }),
    );
    await expect(failure).rejects.toMatchObject({ code: "DB_ERROR" });
    expect(runs).toBe(1);
    await waitFor(async () => expect(await titles()).toEqual(["once"]));
  });
});

describe("a read whose connection is lost", () => {
  it.each([
    ["a Knex query", () => knex("task").select("title")],
    [
      "a prepared statement",
      () => queryPrepared({ ...TITLES, sql: `${TITLES.sql} where user_id = $1` }, [USER_ID]),
    ],
  ])("is retried once on another connection: %s", async (_, read) => {
    await insertTask(CALLER, { title: "kept" }, QUOTA);
    await queryRows(
      database.url,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tock' and datname = current_database()",
    );
    await waitFor(async () => expect(await read()).toEqual([{ title: "kept" }]));
    proxy.cutResponseTo(/titles|select "title"/);
    const reading = read();
    // The first response is cut off, the second one is not.
    const healing = waitFor(() => expect(logged.join()).toContain("retrying database operation read"), {
      interval: 1,
    });
    void healing.then(() => proxy.heal());
    await reading.catch(() => undefined);
    await healing;
    expect(await read()).toEqual([{ title: "kept" }]);
  });

  it("is not retried twice", async () => {
    await knex.raw("select 1");
    proxy.cutResponseTo(/select "title"/);
    await expect(knex("task").select("title")).rejects.toThrow(/terminated/);
    expect(logged).toEqual(["retrying database operation read"]);
  });

  it("is not retried within a transaction", async () => {
    proxy.cutResponseTo(/select "title"/);
    let runs = 0;
    const work = withTransaction(async (trx) => {
      runs += 1;
      return trx("task").select("title");
    });
    await expect(query(() => work)).rejects.toMatchObject({ code: "DB_ERROR" });
    expect(runs).toBe(1);
    expect(logged).toEqual([]);
  });

  it("is not retried if it locks rows", async () => {
    proxy.cutResponseTo(/for update/);
    await expect(knex("task").select("title").forUpdate()).rejects.toThrow();
    expect(logged).toEqual([]);
  });
});

it("a prepared statement that is the victim of a deadlock is repeated", async () => {
  const [first, second] = [await insertedId("1"), await insertedId("2")];
  const statement = {
    name: "deadlock",
    sql: `with locked as materialized (select id from task where id = $1 for update)
      update task set title = 'changed' where id = $2 and exists (select from locked) returning title`,
    readOnly: false,
  };
  let changed: Promise<unknown> | undefined;
  await withTransaction(async (trx) => {
    const lock = (id: number) => trx("task").where({ id }).select("id").forUpdate();
    await lock(second);
    if (!changed) {
      changed = queryPrepared(statement, [first, second]);
      await untilRowAwaited(database.url);
    }
    // PostgreSQL ends the one that has waited longest: the statement.
    await lock(first);
  });
  expect(await changed).toEqual([{ title: "changed" }]);
});

describe("withTransaction", () => {
  /**
   * Two transactions that lock two rows in opposite order, each after the other has locked its first. The victim waits
   * for the other one before its second run. Otherwise it could lock its first row again before PostgreSQL has woken
   * the other one, which would be another deadlock.
   */
  async function deadlock(begin: typeof withTransaction) {
    await insertTask(CALLER, { title: "left" }, QUOTA);
    await insertTask(CALLER, { title: "right" }, QUOTA);
    let runs = 0;
    const hasLocked = { left: false, right: false };
    const append = (trx: Knex.Transaction, title: string, suffix: string) =>
      trx("task")
        .where("title", "like", `${title}%`)
        .update({ title: trx.raw("title || ?", [suffix]) });
    const committed: string[] = [];
    const appendToBoth = async (first: "left" | "right", second: "left" | "right", suffix: string) => {
      await begin(async (trx) => {
        runs += 1;
        if (hasLocked[first]) await waitFor(() => expect(committed).toHaveLength(1), { interval: 5 });
        await append(trx, first, suffix);
        hasLocked[first] = true;
        await waitFor(() => expect(hasLocked[second]).toBe(true), { interval: 5 });
        await append(trx, second, suffix);
      });
      committed.push(suffix);
    };
    await Promise.all([appendToBoth("left", "right", "1"), appendToBoth("right", "left", "2")]);
    return {
      runs,
      titles: (await titles()).map((title: string) => [...title.replace(/^[a-z]+/, "")].sort().join("")),
    };
  }

  it("repeats the victim of a deadlock, and both transactions take effect once", async () => {
    expect(await deadlock(withTransaction)).toEqual({ runs: 3, titles: ["12", "12"] });
    expect(logged).toEqual(["retrying database operation transaction"]);
  });

  it("repeats the victim of a deadlock if its queries throw AppErrors, as Better Auth's do", async () => {
    const withAppErrors = <T>(work: (trx: Knex.Transaction) => Promise<T>) =>
      withTransaction((trx) => query(() => work(trx)));
    expect(await deadlock(withAppErrors)).toEqual({ runs: 3, titles: ["12", "12"] });
  });

  it("repeats a transaction after a serialization failure, a limited number of times", async () => {
    let runs = 0;
    const failing = (times: number) =>
      withTransaction(async (trx) => {
        runs += 1;
        await trx("task").insert({ user_id: USER_ID, title: `run ${runs}` });
        if (runs <= times) await trx.raw("do $$ begin raise exception using errcode = '40001'; end $$");
      });
    await failing(2);
    expect(await titles()).toEqual(["run 3"]);
    runs = 0;
    await expect(query(() => failing(99))).rejects.toMatchObject({ code: "DB_ERROR" });
    expect(runs).toBeLessThanOrEqual(6);
    expect(await titles()).toEqual(["run 3"]);
  });

  it("repeats the whole transaction, not a savepoint, after a conflict in a savepoint", async () => {
    let inner = 0;
    let outer = 0;
    await withTransaction(async (trx) => {
      outer += 1;
      await trx.transaction(async (nested) => {
        inner += 1;
        if (inner === 1) await nested.raw("do $$ begin raise exception using errcode = '40P01'; end $$");
      });
    });
    expect({ inner, outer }).toEqual({ inner: 2, outer: 2 });
  });
});

it("the identity store runs its transactions with withTransaction", async () => {
  let runs = 0;
  await identityStore()({} as never).transaction?.(async () => {
    runs += 1;
    if (runs === 1) throw Object.assign(new Error("a conflict"), { code: "40001" });
  });
  expect(runs).toBe(2);
});

it("knex.transaction does not repeat a conflict by itself", async () => {
  let runs = 0;
  const work = knex.transaction(async (trx) => {
    runs += 1;
    await trx.raw("do $$ begin raise exception using errcode = '40001'; end $$");
  });
  await expect(work).rejects.toMatchObject({ code: "40001" });
  expect(runs).toBe(1);
});

describe("the circuit breaker", () => {
  it("rejects every kind of query at once while open, logs once, and closes by itself", async () => {
    await knex.raw("select 1");
    await proxy.cutConnections();
    await untilOpened();
    const store = knexAdapter(knex, {}, withTransaction)({} as never);
    const queries: (() => PromiseLike<unknown> | undefined)[] = [
      () => knex("task").select(),
      () => insertTask(CALLER, { title: "x" }, QUOTA),
      () => queryPrepared(TITLES, []),
      () => withTransaction((trx) => trx("task").select()),
      () => store.findOne({ model: "user", where: [{ field: "id", value: USER_ID }] }),
      () => store.transaction?.(async () => undefined),
      () => pingServer(1_000),
    ];
    for (const send of queries) {
      const error = (await Promise.resolve(send()).catch((reason) => reason)) as Record<string, unknown>;
      expect([error.name, error.code, (error.cause as Error | undefined)?.name].join()).toMatch(
        /CircuitOpenError/,
      );
    }
    await Promise.all(
      Array.from({ length: 100 }, () =>
        knex("task")
          .select()
          .catch(() => undefined),
      ),
    );
    expect(logged.filter((line) => line === OPENED)).toHaveLength(1);
    await proxy.heal();
    await untilResponsive();
    expect(logged.filter((line) => line === CLOSED)).toHaveLength(1);
    expect(logged.length).toBeLessThanOrEqual(4);
  });

  it("ignores errors that the database returns, and failures of pingServer", async () => {
    for (let time = 0; time < 10; time++)
      await knex.raw("select 1/0").catch((error) => expect(error.code).toBe("22012"));
    await proxy.cutConnections();
    for (let time = 0; time < 6; time++) await expect(pingServer(1_500)).rejects.toThrow();
    expect(logged.filter((line) => line === OPENED)).toEqual([]);
  });

  it("drops connections from before the outage, so that no query waits for a dead one", async () => {
    await closeDatabase();
    knex = open(8);
    const useAll = () => Promise.all(Array.from({ length: 8 }, () => knex.raw("select pg_sleep(0.1)")));
    await useAll();
    proxy.strand();
    await Promise.all([1, 2, 3].map(() => knex.raw("select 1").catch(() => undefined)));
    const errors: string[] = [];
    const keepError = (error: Error) => {
      errors.push(error.name);
      throw error;
    };
    await waitFor(() => knex.raw("select 1").catch(keepError));
    await useAll();
    // A query on a dead connection would time out.
    expect(errors.filter((name) => name !== "CircuitOpenError")).toEqual([]);
  });

  it("closes, and keeps new connections, after the wall clock has stepped back during the outage", async () => {
    await knex.raw("select 1");
    await proxy.cutConnections();
    await untilOpened();
    const clock = vi.spyOn(Date, "now");
    const realNow = () => performance.timeOrigin + performance.now();
    clock.mockImplementation(() => Math.round(realNow() - 3_600_000));
    await proxy.heal();
    await waitFor(() => knex.raw("select 1"));
    const pids = new Set<number>();
    for (let read = 0; read < 50; read++) {
      const { rows } = await knex.raw("select pg_backend_pid() as pid");
      pids.add(rows[0].pid);
    }
    clock.mockRestore();
    expect(pids.size).toBe(1);
  });

  it("counts a lost transaction once, although its statement and its ROLLBACK both fail", async () => {
    let started = 0;
    const lose = () =>
      withTransaction(async (trx) => {
        await trx.raw("select 1");
        started += 1;
        await waitFor(() => expect(started).toBe(2), { interval: 5 });
        await trx.raw("select 'nothing'");
      });
    proxy.cutResponseTo(/nothing/);
    await Promise.allSettled([lose(), lose()]);
    expect(logged).not.toContain(OPENED);
    await proxy.heal();
    await knex.raw("select 1");
  });
});

describe("while the server is frozen", () => {
  it("40 queries on three connections fail within ten seconds", async () => {
    await Promise.all([1, 2].map(() => knex.raw("select pg_sleep(0.05)")));
    proxy.freeze();
    const began = Date.now();
    const ends = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const work = index % 2 ? withTransaction((trx) => trx("task").select()) : knex("task").select();
        const error = await query(() => work).catch((reason) => reason);
        return { code: error.code, ms: Date.now() - began };
      }),
    );
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set(["DB_ERROR"]));
    expect(Math.max(...ends.map(({ ms }) => ms))).toBeLessThan(10_000);
    await proxy.heal();
    await untilResponsive();
  });

  it("five queries on a single connection fail within ten seconds", async () => {
    await closeDatabase();
    knex = open(1);
    await knex.raw("select 1");
    proxy.freeze();
    const began = Date.now();
    const failing = Array.from({ length: 5 }, () => expect(knex("task").select()).rejects.toThrow());
    await Promise.all(failing);
    expect(Date.now() - began).toBeLessThan(10_000);
    await proxy.heal();
    await untilResponsive();
  });
});

it("a transaction whose client lost the network releases its locks within seven seconds", async () => {
  await insertTask(CALLER, { title: "locked" }, QUOTA);
  const abandoned = withTransaction(async (trx) => {
    await trx("task").update({ title: "held" });
    proxy.strand();
    await trx("task").update({ title: "never" });
  });
  await expect(abandoned).rejects.toThrow();
  const began = Date.now();
  await queryRows(database.url, "update task set title = 'free'");
  expect(Date.now() - began).toBeLessThan(7_000);
  expect(await titles()).toEqual(["free"]);
});

it("all connections are available again after every kind of failure", async () => {
  const failures = [
    knex.raw("select 1/0"),
    knex.raw("nonsense"),
    withTransaction((trx) => trx.raw("select 1/0")),
    withTransaction(() => Promise.reject(new Error("ours"))),
    knex("task").insert({ user_id: randomUUID(), title: "of no user" }),
    knex.raw("select pg_terminate_backend(pg_backend_pid())"),
    withTransaction((trx) => trx.raw("select pg_terminate_backend(pg_backend_pid())")),
  ];
  expect((await Promise.allSettled(failures)).map(({ status }) => status)).toEqual(
    failures.map(() => "rejected"),
  );
  expect(permitsInUse()).toBe(0);
  // After several failures at once the breaker may be open; it closes by itself.
  await expect.poll(() => knex.raw("select 1").then(() => "responsive", String)).toBe("responsive");
  const all = Promise.all(Array.from({ length: POOL_MAX }, () => knex.raw("select pg_sleep(1)")));
  await expect.poll(permitsInUse, { interval: 10 }).toBe(POOL_MAX);
  await all;
});

import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { query } from "#app/repositories/database-errors.server.ts";
import { knexAdapter } from "#app/repositories/identity/knex-adapter.server.ts";
import { insertTask } from "#app/repositories/tasks.server.ts";
import { closeDatabase, openDatabase, pingServer, queryPrepared } from "#db/connection.ts";
import type { ResilientClient } from "#db/knex-client.ts";
import type { Log } from "#db/log.ts";
import { type DatabaseProxy, startDatabaseProxy } from "../support/database-proxy.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const MAX = 3;
const OWNER = randomUUID();

let database: TestDatabase;
let proxy: DatabaseProxy;
let knex: Knex;
let told: string[];
beforeEach(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  await queryRows(database.url, `insert into "user" (id, email, name) values ($1, 'a@example.org', 'Ada')`, [
    OWNER,
  ]);
  proxy = await startDatabaseProxy(database.url);
  told = [];
  knex = open(MAX);
});

/** Opens the database anew, with so many connections. */
function open(max: number): Knex {
  const note = (fields: object, message: string) =>
    void told.push(`${message} ${(fields as { what?: string }).what ?? ""}`.trim());
  const log: Log = { info: note, warn: note, error: note };
  const pool = { min: 0, max, overflow: 0, timeoutMs: 30_000 };
  return openDatabase({ url: proxy.url, pool, pgbouncer: false, log });
}
afterEach(async () => {
  // Whatever failed in between: every right to a connection was given back, once.
  expect(heldConnections()).toBe(0);
  await proxy.heal();
  await closeDatabase();
  await proxy.close();
  await database.drop();
});

const transaction = <T>(work: (trx: Knex.Transaction) => Promise<T>): Promise<T> => knex.transaction(work);
const heldConnections = () => (knex.client as ResilientClient).held();
const titles = async () =>
  (await queryRows(database.url, "select title from task order by id")).map((row) => row.title);
const isAway = (error: Error) => error.name === "DatabaseAwayError";
const AWAY = "the database is away: answering DB_ERROR at once until it is back";
const untilAway = () =>
  vi.waitFor(
    async () => {
      const error = await knex.raw("select 1").catch((reason: Error) => reason);
      expect(isAway(error)).toBe(true);
    },
    { timeout: 15_000, interval: 10 },
  );
const untilBack = () => vi.waitFor(() => knex.raw("select 1"), { timeout: 15_000, interval: 50 });

describe("a write whose fate is unknown", () => {
  it("is never sent again by itself: one row, one DB_ERROR", async () => {
    proxy.cutAnswerTo(/insert into/);
    const failure = await insertTask(OWNER, { title: "once" }).catch((error) => error);
    expect(failure.code).toBe("DB_ERROR");
    expect(failure.headers["Retry-After"]).toMatch(/^\d+$/);
    await vi.waitFor(async () => expect(await titles()).toEqual(["once"]));
    expect(told).toEqual([]);
  });

  it.each(["insert", "update", "raw"])("nor is %s, whatever way it goes", async (way) => {
    await insertTask(OWNER, { title: "0" });
    proxy.cutAnswerTo(/insert into|update "task"/);
    const bump = {
      insert: () => knex("task").insert({ user_id: OWNER, title: "0x" }),
      update: () => knex("task").update({ title: knex.raw("title || 'x'") }),
      raw: () => knex.raw("insert into task (user_id, title) values (?, '0x') returning id", [OWNER]),
    }[way];
    await expect(bump?.()).rejects.toThrow();
    await vi.waitFor(async () => expect((await titles()).at(-1)).toBe("0x"));
    expect((await titles()).filter((title) => title === "0x")).toHaveLength(1);
  });

  it("nor is a whole transaction whose COMMIT was not answered", async () => {
    proxy.cutAnswerTo(/COMMIT/);
    let runs = 0;
    const failure = query(() =>
      transaction(async (trx) => {
        runs += 1;
        await trx("task").insert({ user_id: OWNER, title: "once" });
      }),
    );
    await expect(failure).rejects.toMatchObject({ code: "DB_ERROR" });
    expect(runs).toBe(1);
    await vi.waitFor(async () => expect(await titles()).toEqual(["once"]));
  });
});

describe("a read whose connection broke", () => {
  it.each([
    ["Objection's and Knex's own", () => knex("task").select("title")],
    ["a named one", () => queryPrepared("titles", "select title from task where user_id = ?", [OWNER])],
  ])("is asked once more, on another one: %s", async (_, read) => {
    await insertTask(OWNER, { title: "kept" });
    await queryRows(
      database.url,
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tock' and datname = current_database()",
    );
    await vi.waitFor(async () => expect(await read()).toEqual([{ title: "kept" }]));
    proxy.cutAnswerTo(/titles|select "title"/);
    const reading = read();
    // The first answer is cut off; the second one is not.
    const healing = vi.waitFor(() => expect(told.join()).toContain("trying the database again read"), {
      interval: 1,
    });
    void healing.then(() => proxy.heal());
    await reading.catch(() => undefined);
    await healing;
    expect(await read()).toEqual([{ title: "kept" }]);
  });

  it("is not asked a third time", async () => {
    await knex.raw("select 1");
    proxy.cutAnswerTo(/select "title"/);
    await expect(knex("task").select("title")).rejects.toThrow(/terminated/);
    expect(told).toEqual(["trying the database again read"]);
  });

  it("fails within a transaction, which would not be whole", async () => {
    proxy.cutAnswerTo(/select "title"/);
    let runs = 0;
    const work = transaction(async (trx) => {
      runs += 1;
      return trx("task").select("title");
    });
    await expect(query(() => work)).rejects.toMatchObject({ code: "DB_ERROR" });
    expect(runs).toBe(1);
    expect(told).toEqual([]);
  });

  it("is not asked again when it locks rows", async () => {
    proxy.cutAnswerTo(/for update/);
    await expect(knex("task").select("title").forUpdate()).rejects.toThrow();
    expect(told).toEqual([]);
  });
});

describe("a transaction that lost against another one", () => {
  /** Two that take the same two rows in opposite order, each waiting until the other has its first. */
  async function deadlock(begin: <T>(work: (trx: Knex.Transaction) => Promise<T>) => Promise<T>) {
    await insertTask(OWNER, { title: "left" });
    await insertTask(OWNER, { title: "right" });
    let runs = 0;
    const holding = { left: false, right: false };
    const take = (trx: Knex.Transaction, title: string, mark: string) =>
      trx("task")
        .where("title", "like", `${title}%`)
        .update({ title: trx.raw("title || ?", [mark]) });
    const both = (first: "left" | "right", second: "left" | "right", mark: string) =>
      begin(async (trx) => {
        runs += 1;
        await take(trx, first, mark);
        holding[first] = true;
        await vi.waitFor(() => expect(holding[second]).toBe(true), { interval: 5 });
        await take(trx, second, mark);
      });
    await Promise.all([both("left", "right", "1"), both("right", "left", "2")]);
    return {
      runs,
      titles: (await titles()).map((title: string) => [...title.replace(/^[a-z]+/, "")].sort().join("")),
    };
  }

  it("is run whole again after a deadlock, and both are kept, once", async () => {
    expect(await deadlock(transaction)).toEqual({ runs: 3, titles: ["12", "12"] });
    expect(told).toEqual(["trying the database again transaction"]);
  });

  it("also when its queries tell errors as AppErrors, as Better Auth's do here", async () => {
    const told = <T>(work: (trx: Knex.Transaction) => Promise<T>) =>
      transaction((trx) => query(() => work(trx)));
    expect(await deadlock(told)).toEqual({ runs: 3, titles: ["12", "12"] });
  });

  it("is run whole again after a failed serialization, but not for ever", async () => {
    let runs = 0;
    const failing = (times: number) =>
      transaction(async (trx) => {
        runs += 1;
        await trx("task").insert({ user_id: OWNER, title: `run ${runs}` });
        if (runs <= times) await trx.raw("do $$ begin raise exception using errcode = '40001'; end $$");
      });
    await failing(2);
    expect(await titles()).toEqual(["run 3"]);
    runs = 0;
    await expect(query(() => failing(99))).rejects.toMatchObject({ code: "DB_ERROR" });
    expect(runs).toBeLessThanOrEqual(6);
    expect(await titles()).toEqual(["run 3"]);
  });

  it("and a savepoint within it is not run again by itself", async () => {
    let inner = 0;
    let outer = 0;
    await transaction(async (trx) => {
      outer += 1;
      await trx.transaction(async (nested) => {
        inner += 1;
        if (inner === 1) await nested.raw("do $$ begin raise exception using errcode = '40P01'; end $$");
      });
    });
    expect({ inner, outer }).toEqual({ inner: 2, outer: 2 });
  });
});

describe("the breaker", () => {
  it("opens after a few failures, refuses at once whoever asks, tells of it once, and closes by itself", async () => {
    await knex.raw("select 1");
    await proxy.cutConnections();
    await untilAway();
    const store = knexAdapter(knex)({} as never);
    const everybody = [
      () => knex("task").select(),
      () => insertTask(OWNER, { title: "x" }),
      () => queryPrepared("titles", "select title from task", []),
      () => transaction((trx) => trx("task").select()),
      () => store.findOne({ model: "user", where: [{ field: "id", value: OWNER }] }),
      () => store.transaction?.(async () => undefined),
      () => pingServer(1_000),
    ];
    for (const ask of everybody) {
      const began = performance.now();
      const error = await Promise.resolve(ask()).catch((reason) => reason);
      expect([error.name, error.code, error.cause?.name].join()).toMatch(/DatabaseAwayError/);
      expect(performance.now() - began).toBeLessThan(500);
    }
    await Promise.all(
      Array.from({ length: 100 }, () =>
        knex("task")
          .select()
          .catch(() => undefined),
      ),
    );
    expect(told.filter((line) => line === AWAY)).toHaveLength(1);
    await proxy.heal();
    await untilBack();
    expect(told.filter((line) => line === "the database is back")).toHaveLength(1);
    expect(told.length).toBeLessThanOrEqual(4);
  });

  it("is not impressed by what the database refuses, nor by /health", async () => {
    for (let time = 0; time < 10; time++)
      await knex.raw("select 1/0").catch((error) => expect(error.code).toBe("22012"));
    await proxy.cutConnections();
    for (let time = 0; time < 6; time++) await expect(pingServer(1_500)).rejects.toThrow();
    expect(told.filter((line) => line === AWAY)).toEqual([]);
  });

  it("connections that died without a word hold nobody up once the network is back", async () => {
    await closeDatabase();
    knex = open(8);
    const hold = () => Promise.all(Array.from({ length: 8 }, () => knex.raw("select pg_sleep(0.1)")));
    await hold();
    proxy.strand();
    await Promise.all([1, 2, 3].map(() => knex.raw("select 1").catch(() => undefined)));
    const began = Date.now();
    await untilBack();
    await hold();
    expect(Date.now() - began).toBeLessThan(3_000);
  });
});

describe("while the server is frozen", () => {
  it("nobody waits past ten seconds, however many queue for however few connections, warm or cold", async () => {
    await Promise.all([1, 2].map(() => knex.raw("select pg_sleep(0.05)")));
    proxy.freeze();
    const began = Date.now();
    const ends = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const asked = index % 2 ? transaction((trx) => trx("task").select()) : knex("task").select();
        const error = await query(() => asked).catch((reason) => reason);
        return { code: error.code, ms: Date.now() - began };
      }),
    );
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set(["DB_ERROR"]));
    expect(Math.max(...ends.map(({ ms }) => ms))).toBeLessThan(10_000);
    await proxy.heal();
    await untilBack();
  });

  it("with a single connection neither", async () => {
    await closeDatabase();
    knex = open(1);
    await knex.raw("select 1");
    proxy.freeze();
    const began = Date.now();
    const failing = Array.from({ length: 5 }, () => expect(knex("task").select()).rejects.toThrow());
    await Promise.all(failing);
    expect(Date.now() - began).toBeLessThan(10_000);
    await proxy.heal();
    await untilBack();
  });
});

it("a transaction whose client the network swallowed holds its locks for some seconds, not for hours", async () => {
  await insertTask(OWNER, { title: "locked" });
  const swallowed = transaction(async (trx) => {
    await trx("task").update({ title: "held" });
    proxy.strand();
    await trx("task").update({ title: "never" });
  });
  await expect(swallowed).rejects.toThrow();
  const began = Date.now();
  await queryRows(database.url, "update task set title = 'free'");
  expect(Date.now() - began).toBeLessThan(7_000);
  expect(await titles()).toEqual(["free"]);
});

it("after every kind of failure there are as many connections to be had as before", async () => {
  const failures = [
    knex.raw("select 1/0"),
    knex.raw("nonsense"),
    transaction((trx) => trx.raw("select 1/0")),
    transaction(() => Promise.reject(new Error("ours"))),
    insertTask(randomUUID(), { title: "nobody's" }),
    knex.raw("select pg_terminate_backend(pg_backend_pid())"),
    transaction((trx) => trx.raw("select pg_terminate_backend(pg_backend_pid())")),
  ];
  expect((await Promise.allSettled(failures)).map(({ status }) => status)).toEqual(
    failures.map(() => "rejected"),
  );
  expect(heldConnections()).toBe(0);
  // Where much fails at once the breaker may have opened; it closes by itself.
  await expect.poll(() => knex.raw("select 1").then(() => "back", String), { timeout: 5_000 }).toBe("back");
  const all = Promise.all(Array.from({ length: MAX }, () => knex.raw("select pg_sleep(1)")));
  await expect.poll(heldConnections, { interval: 10 }).toBe(MAX);
  await all;
});

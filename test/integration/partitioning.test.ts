import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findTasksAfter } from "#app/repositories/tasks.server.ts";
import type { RequestCaller } from "#app/services/callers.server.ts";
import { createTaskOnce } from "#app/services/new-tasks.server.ts";
import {
  changeTask,
  completeTask,
  createTask,
  getTaskDashboard,
  getTaskPageJson,
  getTaskText,
  removeTask,
} from "#app/services/tasks.server.ts";
import { getTaskOrDeleted, getTrashPage, restoreTask } from "#app/services/trash.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { TEST_SECRETS } from "../support/app-server.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/*
 * The experiment of docs/scaling.md: the tables of tasks partitioned by hash(user_id), which is how Citus spreads them over
 * nodes. The application runs on them unchanged, and EXPLAIN ANALYZE shows which statements read one partition.
 */
const PARTITIONS = 8;

interface Statement {
  sql: string;
  bindings: unknown[];
}

let database: TestDatabase;
let client: pg.Client;
let caller: RequestCaller;
let sent: Statement[] = [];

/** Replaces a table by a partitioned one with the same columns, checks, indexes and triggers, and its rows. */
async function partition(table: string): Promise<void> {
  const indexes = await client.query(
    `select pg_get_indexdef(indexrelid) as sql from pg_index where indrelid = $1::regclass and not indisprimary`,
    [table],
  );
  const triggers = await client.query(
    `select pg_get_triggerdef(oid) as sql from pg_trigger where tgrelid = $1::regclass and not tgisinternal`,
    [table],
  );
  await client.query(`alter table ${table} rename to ${table}_before`);
  await client.query(
    `create table ${table} (
       like ${table}_before including defaults including identity including constraints,
       primary key (user_id, id), foreign key (user_id) references "user" on delete cascade
     ) partition by hash (user_id)`,
  );
  for (let n = 0; n < PARTITIONS; n++)
    await client.query(
      `create table ${table}_p${n} partition of ${table} for values with (modulus ${PARTITIONS}, remainder ${n})`,
    );
  await client.query(`drop table ${table}_before`);
  // A unique index of a partitioned table must contain user_id, so this one has to be an ordinary one.
  await client.query(`create index ${table}_id on ${table} (id)`);
  for (const { sql } of [...indexes.rows, ...triggers.rows]) await client.query(sql);
}

beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: database.url });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const table of ["task", "deleted_task"]) await partition(table);
  await client.query(
    `with u as (insert into "user" (email, name) select n || '@example.org', 'U' from generate_series(1, 200) n returning id)
     insert into task (user_id, title, completed) select id, 't', n % 2 = 0 from u, generate_series(1, 100) n`,
  );
  // In the last partition: a search that ends with the first hit passes all others.
  const { rows } = await client.query(
    `insert into session (user_id, token, expires_at)
     select user_id, 'token', now() + interval '1 day' from task_p${PARTITIONS - 1} limit 1 returning user_id, id`,
  );
  await client.query("analyze");
  caller = {
    userId: rows[0].user_id,
    sessionId: rows[0].id,
    client: { ipAddress: "", userAgent: "", requestId: "" },
  };
  openTestDatabase(database.url).on("query", (statement) => sent.push(statement));
});
afterAll(async () => {
  await client?.end();
  await closeDatabase();
  await database?.drop();
});

interface Plan {
  "Relation Name"?: string;
  "Actual Loops": number;
  Plans?: Plan[];
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** Runs a statement, rolls it back, and returns the partitions that it has read. */
async function partitionsRead({ sql, bindings }: Statement): Promise<string[]> {
  await client.query("begin");
  try {
    const { rows } = await client.query(`explain (analyze, format json, timing off) ${sql}`, bindings);
    const read = nodesOf(rows[0]["QUERY PLAN"][0].Plan).filter((node) => node["Actual Loops"] > 0);
    return read.map((node) => node["Relation Name"] ?? "").filter((name) => /task_p\d+$/.test(name));
  } finally {
    await client.query("rollback");
  }
}

/** The statement with the user of the token as a constant, where it is compared with that of the session or not at all. */
const withUser = ({ sql, bindings }: Statement): Statement => ({
  sql: sql
    .replace(/user_id = caller\.user_id/g, "user_id = $2")
    .replace(/user_id = \(select user_id from caller\)/g, "user_id = $2")
    .replace("task.id = page_id", "task.id = page_id and task.user_id = $2"),
  bindings,
});

/** Counts the partitions of a table that a call reads, at most. */
async function measure(call: () => Promise<unknown>, change: (statement: Statement) => Statement) {
  sent = [];
  await call();
  const counts: number[] = [];
  for (const statement of sent.filter(({ sql }) => /^\s*(with|select)/i.test(sql))) {
    const names = new Set(await partitionsRead(change(statement)));
    counts.push([...names].filter((name) => name.startsWith("task")).length);
    counts.push([...names].filter((name) => name.startsWith("deleted")).length);
  }
  return Math.max(...counts);
}

/** Each call of the services that reads tasks of a user, on a task of theirs. */
async function calls(): Promise<Record<string, () => Promise<unknown>>> {
  const { id } = await createTask(caller, { title: "a" });
  const deleted = await createTask(caller, { title: "b" });
  await removeTask(caller, deleted.id);
  return {
    export: () => findTasksAfter(caller.userId, 10),
    read: () => getTaskText(caller, id),
    page: () => getTaskPageJson(caller, { page: 1, limit: 20 }),
    "page by state": () => getTaskPageJson(caller, { page: 1, limit: 20, completed: true }),
    search: () => getTaskPageJson(caller, { page: 1, limit: 20, q: "a" }),
    dashboard: () => getTaskDashboard(caller, { page: 1, show: "open", q: "" }),
    trash: () => getTrashPage(caller, 1),
    "read or deleted": () => getTaskOrDeleted(caller, id),
    change: () => changeTask(caller, id, { title: "b" }),
    complete: () => completeTask(caller, id),
    delete: () => removeTask(caller, id),
    restore: () => restoreTask(caller, deleted.id),
  };
}

async function partitionsByCall(
  change: (statement: Statement) => Statement,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [name, call] of Object.entries(await calls())) counts[name] = await measure(call, change);
  return counts;
}

it("pages, searches and the dashboard read all partitions as they are, because they look tasks up by id", async () => {
  const counts = await partitionsByCall((statement) => statement);
  expect(counts).toMatchObject({ page: PARTITIONS, search: PARTITIONS, dashboard: PARTITIONS, export: 1 });
});

it("with the user of the token in each condition, every statement reads one partition", async () => {
  const counts = await partitionsByCall(withUser);
  expect(new Set(Object.values(counts)), JSON.stringify(counts)).toEqual(new Set([1]));
});

it("the look-up that decides between 403 and 404 reads all partitions", async () => {
  const { rows } = await client.query("select id::int from task where user_id <> $1 limit 1", [
    caller.userId,
  ]);
  const read = () => expect(getTaskText(caller, rows[0].id)).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(await measure(read, withUser)).toBe(PARTITIONS);
});

it("new tasks and their counters need no change", async () => {
  const key = randomUUID();
  const [first, second] = [
    await createTaskOnce(caller, { title: "c" }, key),
    await createTaskOnce(caller, { title: "c" }, key),
  ];
  expect(second).toEqual({ ...first, replayed: true });
  const { rows } = await client.query(
    `select total, (select count(*)::int from task where user_id = $1) as counted from task_count where user_id = $1`,
    [caller.userId],
  );
  expect(rows[0].total).toBe(rows[0].counted);
});

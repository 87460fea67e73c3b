import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cleanUp } from "#app/services/housekeeping.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const USER_ID = randomUUID();
let database: TestDatabase;
const sql = (text: string) => queryRows(database.url, text);

beforeEach(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  await sql(`insert into "user" (id, email, name) values ('${USER_ID}', 'a@example.org', 'Ada')`);
  openTestDatabase(database.url);
});
afterEach(async () => {
  await closeDatabase();
  await database.drop();
});

const insertDeletedTasks = (count: number, age: string) =>
  sql(
    `insert into deleted_task (id, user_id, title, completed, created_at, updated_at, deleted_at)
     select (select coalesce(max(id), 0) from deleted_task) + n, '${USER_ID}', 'Task', false, now(), now(),
       now() - interval '${age}' from generate_series(1, ${count}) n`,
  );
const insertExpiredSession = () =>
  sql(
    `insert into session (user_id, token, expires_at) values ('${USER_ID}', 'token', now() - interval '1 day')`,
  );
/** Runs PL/pgSQL before each row of deleted_task is deleted. */
async function onDelete(body: string) {
  await sql(
    `create function before_delete() returns trigger language plpgsql as $$ begin ${body}; return old; end $$`,
  );
  await sql(
    "create trigger slow before delete on deleted_task for each row execute function before_delete()",
  );
}
const countOf = async (table: string) => (await sql(`select count(*)::int as n from ${table}`))[0].n;

it("housekeeping removes a backlog that takes longer than the time limit of one statement", async () => {
  await insertDeletedTasks(5_500, "31 days");
  await insertDeletedTasks(1, "29 days");
  // 5,500 rows take longer than the limit of 4.5 s, and 1,000 rows take about one second.
  await onDelete("if old.id % 500 = 0 then perform pg_sleep(0.5); end if");
  await cleanUp();
  expect(await countOf("deleted_task")).toBe(1);
});

it("housekeeping removes idempotency keys after 24 hours", async () => {
  await sql(
    `insert into idempotency_key (user_id, key, fingerprint, task_id, created_at)
     select '${USER_ID}', gen_random_uuid(), gen_random_uuid(), n,
       now() - case when n = 1 then interval '23 hours 59 minutes' else interval '24 hours 1 minute' end
     from generate_series(1, 2500) n`,
  );
  await cleanUp();
  expect(await sql("select task_id::int from idempotency_key")).toEqual([{ task_id: 1 }]);
});

it("housekeeping removes expired sessions even if it cannot remove deleted tasks", async () => {
  await insertDeletedTasks(1, "31 days");
  await insertExpiredSession();
  await onDelete("raise exception 'no'");
  await expect(cleanUp()).rejects.toThrow(AggregateError);
  expect([await countOf("deleted_task"), await countOf("session")]).toEqual([1, 0]);
});

it("housekeeping removes access tokens 30 days after their expiry", async () => {
  await sql(
    `insert into personal_access_token (user_id, name, scope, digest, expires_at)
     select '${USER_ID}', n, 'tasks:read', sha256(cast(n as bytea)), now() + cast(n as interval)
     from unnest('{1 day,-29 days,-31 days}'::text[]) n`,
  );
  await cleanUp();
  expect(await sql("select name from personal_access_token order by expires_at")).toEqual([
    { name: "-29 days" },
    { name: "1 day" },
  ]);
});

it("housekeeping of several processes at once erases the tasks of many users without a deadlock", async () => {
  await sql(
    `insert into "user" (email, name) select n || '@example.org', 'U' from generate_series(1, 300) n`,
  );
  for (let run = 0; run < 5; run++) {
    await sql(
      `insert into deleted_task (id, user_id, title, completed, created_at, updated_at, deleted_at)
       select row_number() over (order by random()), u.id, 'Task', false, now(), now(),
         now() - interval '31 days' - random() * interval '1 day'
       from "user" u, generate_series(1, 20)`,
    );
    await Promise.all(Array.from({ length: 4 }, () => cleanUp()));
    expect(await countOf("deleted_task")).toBe(0);
  }
});

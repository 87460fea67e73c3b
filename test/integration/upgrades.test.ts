import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Knex } from "knex";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { log } from "#app/log.server.ts";
import { findAccessTokenCaller, toCaller } from "#app/services/callers.server.ts";
import { createTaskOnce } from "#app/services/new-tasks.server.ts";
import { resetPassword } from "#app/services/password-reset.server.ts";
import { verifySessionToken } from "#app/services/session-tokens.server.ts";
import { authenticate } from "#app/services/sessions.server.ts";
import { signIn } from "#app/services/sign-in.server.ts";
import { completeTask, createTask, getTaskDashboard, removeTask } from "#app/services/tasks.server.ts";
import { getTrashPage, restoreTask } from "#app/services/trash.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { findAppliedMigrations, findPendingMigrations, migrateToLatest } from "#db/migrations/index.ts";
import { GRACE } from "../fixtures/second-user.ts";
import { TEST_SECRETS, UNLIMITED_RATES } from "../support/app-server.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { codeNow } from "../support/totp.ts";
import { PASSWORD } from "../support/users.ts";

/** The schema and data of each release, by the name of its last migration; see test/fixtures/write-schemas.ts. */
const FOLDER = fileURLToPath(new URL("../fixtures/schemas/", import.meta.url));
const SCHEMAS = readdirSync(FOLDER)
  .sort()
  .map((file) => ({ name: file.replace(".sql", ""), sql: readFileSync(FOLDER + file, "utf8") }));
const CLIENT = { ipAddress: "127.0.0.1", userAgent: "tests", requestId: "" };

const databases: TestDatabase[] = [];
async function newDatabase(template?: string): Promise<string> {
  const database = await createTestDatabase(template === undefined ? {} : { template });
  databases.push(database);
  return database.url;
}

afterAll(() => Promise.all(databases.map((database) => database.drop())));

/** Loads the data of a release into a database in place of its tables. */
async function loadSchema(url: string, sql: string): Promise<void> {
  await queryRows(url, "drop schema public cascade; create schema public");
  await queryRows(url, sql);
}

describe("this release on the data of an older one", () => {
  let url: string;
  let knex: Knex;
  beforeAll(async () => {
    url = await newDatabase();
    Object.assign(process.env, TEST_SECRETS, UNLIMITED_RATES, { DATABASE_URL: url });
    log.level = "silent";
    knex = openTestDatabase(url);
  });
  afterAll(closeDatabase);

  it("is tested with the data of every migration but the newest (npx tsx test/fixtures/write-schemas.ts)", async () => {
    await loadSchema(url, "");
    await migrateToLatest(knex);
    const applied = await findAppliedMigrations(knex);
    const written = SCHEMAS.map(({ name }) => name);
    expect(written).toEqual(expect.arrayContaining(applied.slice(0, -1)));
    expect(applied).toEqual(expect.arrayContaining(written));
  });

  it.each(SCHEMAS.filter(({ sql }) => sql.includes(GRACE.email)))(
    "with schema $name accepts codes, tokens, idempotency keys and links of its second user",
    async ({ sql }) => {
      await loadSchema(url, sql);
      await migrateToLatest(knex);

      const credentials = { email: GRACE.email, password: PASSWORD };
      await expect(signIn(credentials, CLIENT)).rejects.toThrow("Enter the code of your authenticator app");
      for (const totp_code of [codeNow(GRACE.totpSecret), GRACE.recoveryCode])
        expect((await signIn({ ...credentials, totp_code }, CLIENT)).user.name).toBe("Grace");

      const caller = await findAccessTokenCaller(GRACE.accessToken, CLIENT);
      expect(caller).toMatchObject({ userId: GRACE.id, scope: "tasks:write" });
      const repeated = await createTaskOnce(caller, { title: GRACE.taskTitle }, GRACE.idempotencyKey);
      expect(repeated.replayed).toBe(true);

      if (!sql.includes("CREATE TABLE public.one_time_link")) return;
      const reset = { token: GRACE.linkToken, password: "a lighthouse by the sea" };
      expect(await resetPassword(reset, CLIENT)).toBe(GRACE.id);
    },
  );

  it.each(SCHEMAS)(
    "with schema $name signs its user in, and serves tasks and trash",
    async ({ name, sql }) => {
      await loadSchema(url, sql);
      const hasTrash = sql.includes("CREATE TABLE public.deleted_task");
      // A task that was deleted long ago may be erased.
      if (hasTrash) await queryRows(url, "update deleted_task set deleted_at = now()");
      const pending = await findPendingMigrations(knex);
      expect(pending).not.toContain(name);
      expect(await migrateToLatest(knex)).toEqual(pending);

      const { token } = await signIn({ email: "ada@lovelace.uk", password: PASSWORD }, CLIENT);
      const session = await authenticate(verifySessionToken(token), CLIENT);
      expect(session.user.name).toBe("Ada 🦉");
      const caller = toCaller(session, CLIENT);
      const titles = async (show: "open" | "done") =>
        (await getTaskDashboard(caller, { page: 1, show, q: "" })).data.map(({ title }) => title).sort();
      const trashTitles = async () => (await getTrashPage(caller, 1)).data.map(({ title }) => title);
      expect(await titles("open")).toEqual([...(hasTrash ? ["Sent once"] : []), "Water the fern 🌿"]);
      expect(await titles("done")).toEqual(["Call Charles"]);
      expect(await trashTitles()).toEqual(hasTrash ? ["Deleted task"] : []);

      for (const { id } of (await getTrashPage(caller, 1)).data) await restoreTask(caller, id);
      const { id } = await createTask(caller, { title: "Written by this release" });
      await completeTask(caller, id);
      await removeTask(caller, id);
      expect(await trashTitles()).toEqual(["Written by this release"]);
      expect(await titles("done")).toEqual(["Call Charles", ...(hasTrash ? ["Deleted task"] : [])]);
    },
  );
});

interface Column {
  table: string;
  column: string;
  type: string;
  isRequired: boolean;
}

/** The columns of all tables. An INSERT that does not name a required one fails. */
const COLUMNS = `select table_name as table, column_name as column,
    concat(data_type, character_maximum_length) as type,
    is_nullable = 'NO' and column_default is null and is_identity = 'NO' as "isRequired"
  from information_schema.columns where table_schema = 'public' order by 1, 2`;

/** Tables whose rows a release writes itself, in the order of their foreign keys. The others follow by triggers. */
const WRITTEN = [
  ...['"user"', "account", "session", "task", "deleted_task"],
  ...["totp", "recovery_code", "personal_access_token", "idempotency_key", "one_time_link"],
];
const rowsOf = (sql: string) =>
  WRITTEN.flatMap((table) =>
    sql.split("\n").filter((line) => line.startsWith(`INSERT INTO public.${table} `)),
  );

describe("an older release on the schema of this one", () => {
  let latest: string;
  let older: string;
  beforeAll(async () => {
    older = await newDatabase();
    latest = await newDatabase(process.env.TEST_DATABASE_TEMPLATE);
  });

  it.each(SCHEMAS)(
    "with schema $name writes the rows that it knows, and the counters stay exact",
    async ({ sql }) => {
      const inserts = rowsOf(sql);
      expect(inserts.length).toBeGreaterThanOrEqual(5);
      await queryRows(latest, inserts.join("\n"));
      const counted = `select sum(total)::int as total, sum(completed)::int as completed, sum(deleted)::int as deleted,
      (select count(*)::int from task) as tasks, (select count(*)::int from task where completed) as done,
      (select count(*)::int from deleted_task) as gone from task_count`;
      const [row] = await queryRows(latest, counted);
      expect([row.total, row.completed, row.deleted]).toEqual([row.tasks, row.done, row.gone]);
      await queryRows(latest, `delete from "user"`);
    },
  );

  it.each(SCHEMAS)(
    "with schema $name finds its tables and columns, and need not fill newer ones",
    async ({ sql }) => {
      await loadSchema(older, sql);
      const [before, after]: [Column[], Column[]] = [
        await queryRows(older, COLUMNS),
        await queryRows(latest, COLUMNS),
      ];
      const key = ({ table, column }: Column) => `${table}.${column}`;
      const known = new Map(before.map((column) => [key(column), column]));
      const tables = new Set(before.map(({ table }) => table));
      const now = new Map(after.map((column) => [key(column), column]));
      for (const [name, { type, isRequired }] of known) {
        expect(now.get(name)?.type, name).toBe(type);
        expect(Number(now.get(name)?.isRequired), name).toBeLessThanOrEqual(Number(isRequired));
      }
      const added = after.filter((column) => tables.has(column.table) && !known.has(key(column)));
      expect(added.filter(({ isRequired }) => isRequired).map(key)).toEqual([]);
    },
  );
});

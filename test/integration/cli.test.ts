import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "knex";
import { afterAll, describe, expect, it } from "vitest";
import { PASSWORD_MIN } from "#app/rules/limits.ts";
import { newTaskSchema } from "#app/schemas/task.ts";
import { assertStrongPassword, verifyPassword } from "#app/services/passwords.server.ts";
import { withMaintenanceConnection } from "#db/connection.ts";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import { migrateToLatest, revertLastMigration } from "#db/migrations/index.ts";
import { BUILT, SOURCES, startCommand } from "../support/command.ts";
import { cleanUp, query } from "../support/embedded-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createTestDatabase, silentLog, type TestDatabase } from "../support/test-database.ts";

const DEMO = { email: "demo@example.org", password: "plant-more-trees-26" };

const databases: TestDatabase[] = [];

afterAll(async () => {
  await Promise.all(databases.map((database) => database.drop()));
  await cleanUp();
});

async function emptyDatabase(): Promise<string> {
  const database = await createTestDatabase();
  databases.push(database);
  return database.url;
}

async function migratedDatabase(): Promise<string> {
  const url = await emptyDatabase();
  await withMaintenanceConnection(url, migrateToLatest);
  return url;
}

/** @returns the names of the reverted migrations */
async function revertAll(knex: Knex): Promise<string[]> {
  const reverted: string[] = [];
  for (let name = await revertLastMigration(knex); name; name = await revertLastMigration(knex))
    reverted.push(name);
  return reverted;
}

/** Starts the program of the image. */
const start = (args: string, env: Record<string, string>, program = BUILT) =>
  startCommand(args.split(" "), env, program);

const cli = (args: string, env: Record<string, string>) => start(args, env).ended;

/** The program of util-linux that runs a command on a terminal. */
const SCRIPT = "/usr/bin/script";
const hasTerminal = process.platform === "linux" && existsSync(SCRIPT);

const QUESTION = 'Type "yes" to continue: ';

/** Runs a command on a terminal, and answers its question. */
async function answerOnTerminal(args: string, env: Record<string, string>, answer: string) {
  const command = [process.execPath, ...BUILT, args].join(" ");
  const child = spawn(SCRIPT, ["--quiet", "--return", "--command", command, "/dev/null"], {
    env: { PATH: process.env.PATH, NODE_ENV: "development", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const wasAsked = shown.includes(QUESTION);
    shown += text;
    if (!wasAsked && shown.includes(QUESTION)) child.stdin.write(`${answer}\r`);
  });
  const [code] = await once(child, "close");
  return { code, shown };
}

async function tablesOf(url: string): Promise<string[]> {
  const rows = await query<{ name: string }>(
    url,
    "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
  );
  return rows.map((row) => row.name);
}

/** Describes the whole schema as text. */
async function schemaOf(url: string): Promise<string[]> {
  const rows = await query<{ line: string }>(
    url,
    `select concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable,
        column_default, is_identity) as line from information_schema.columns where table_schema = 'public'
      union all select indexdef from pg_indexes where schemaname = 'public'
      union all select concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
        where connamespace = 'public'::regnamespace
      union all select concat_ws(' ', 'function', proname) from pg_proc where pronamespace = 'public'::regnamespace
      union all select concat_ws(' ', 'type', typname) from pg_type where typnamespace = 'public'::regnamespace
      order by 1`,
  );
  return rows.map((row) => row.line);
}

const isOfKnex = (line: string) => line.includes("knex_migrations");

const count = async (url: string, table: string, where = "true"): Promise<number> =>
  (await query<{ n: number }>(url, `select count(*)::int as n from "${table}" where ${where}`))[0]?.n ?? -1;
/** The names of the applied migrations, in order. */
const appliedMigrations = async (url: string): Promise<string[]> =>
  (await query<{ name: string }>(url, "select name from knex_migrations order by id")).map(
    ({ name }) => name,
  );

describe.concurrent("db:migrate and db:rollback", () => {
  it("apply, revert and apply every migration, without the secrets of the web server", async () => {
    const DATABASE_URL = await emptyDatabase();
    const up = await cli("migrate", { DATABASE_URL });
    expect(up).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Applied 20261120_0001_initial\n/),
      err: "",
    });
    const schema = await schemaOf(DATABASE_URL);
    expect(await tablesOf(DATABASE_URL)).toEqual(
      expect.arrayContaining(["account", "rate_limit", "session", "task", "user", "verification"]),
    );

    const applied = await appliedMigrations(DATABASE_URL);
    expect(await cli("rollback", { DATABASE_URL })).toEqual({
      code: 0,
      out: expect.stringMatching(new RegExp(`^Reverted ${applied.at(-1)}, and deleted .+\\.\n$`)),
      err: "",
    });
    expect(await appliedMigrations(DATABASE_URL)).toEqual(applied.slice(0, -1));
    const reverted = await withMaintenanceConnection(DATABASE_URL, revertAll);
    expect(reverted.at(-1)).toBe("20261120_0001_initial");
    expect((await schemaOf(DATABASE_URL)).filter((line) => !isOfKnex(line))).toEqual([]);
    expect((await cli("migrate", { DATABASE_URL })).code).toBe(0);
    expect(await schemaOf(DATABASE_URL)).toEqual(schema);
  });

  it("db:rollback names what would be deleted and refuses once people have signed up, unless --yes-really", async () => {
    const DATABASE_URL = await migratedDatabase();
    await query(DATABASE_URL, `insert into "user" (email, name) values ('ada@lovelace.uk', 'Ada')`);
    const applied = await appliedMigrations(DATABASE_URL);
    expect(await cli("rollback", { DATABASE_URL })).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(
        new RegExp(
          `^db:rollback: refused, because 1 person has signed up, and reverting ${applied.at(-1)} deletes .+--yes-really\n$`,
        ),
      ),
    });
    expect(await appliedMigrations(DATABASE_URL)).toEqual(applied);
    expect((await cli("rollback --yes-really", { DATABASE_URL })).code).toBe(0);
    expect(await appliedMigrations(DATABASE_URL)).toEqual(applied.slice(0, -1));
    expect(await count(DATABASE_URL, "user")).toBe(1);
  });

  it.skipIf(!hasTerminal)("db:rollback asks on a terminal once people have signed up", async () => {
    const DATABASE_URL = await migratedDatabase();
    await query(DATABASE_URL, `insert into "user" (email, name) values ('ada@lovelace.uk', 'Ada')`);
    const applied = await appliedMigrations(DATABASE_URL);
    const refused = await answerOnTerminal("rollback", { DATABASE_URL }, "no");
    expect(refused.code).toBe(1);
    expect(refused.shown).toMatch(/1 person has signed up, and reverting .* deletes /);
    expect(refused.shown).toContain('Type "yes" to continue: ');
    expect(refused.shown).toContain("db:rollback: nothing was changed");
    expect(await appliedMigrations(DATABASE_URL)).toEqual(applied);
    expect((await answerOnTerminal("rollback", { DATABASE_URL }, "yes")).code).toBe(0);
    expect(await appliedMigrations(DATABASE_URL)).toEqual(applied.slice(0, -1));
  });

  it("db:migrate accepts a schema of a newer build with a warning; db:rollback leaves it to that build", async () => {
    const DATABASE_URL = await migratedDatabase();
    await query(
      DATABASE_URL,
      "insert into knex_migrations (name, batch, migration_time) values ('20991231_0001_future', 9, now())",
    );
    expect(await cli("migrate", { DATABASE_URL })).toEqual({
      code: 0,
      out: "Nothing to do: the schema is up to date.\n",
      err: "The schema is newer than this build, which does not know 20991231_0001_future.\n",
    });
    expect(await cli("rollback", { DATABASE_URL })).toMatchObject({
      code: 1,
      err: "db:rollback: a newer build has applied 20991231_0001_future: use that build to roll back\n",
    });
    expect(await tablesOf(DATABASE_URL)).toContain("task");
  });

  it("db:migrate twice at once succeeds twice, and applies each migration once", async () => {
    const DATABASE_URL = await emptyDatabase();
    const both = await Promise.all([cli("migrate", { DATABASE_URL }), cli("migrate", { DATABASE_URL })]);
    expect(both).toMatchObject([{ code: 0 }, { code: 0 }]);
    const applied = await appliedMigrations(DATABASE_URL);
    expect(new Set(applied).size).toBe(applied.length);
    expect(both.map(({ out }) => out).sort()).toEqual([
      applied.map((name) => `Applied ${name}\n`).join(""),
      "Nothing to do: the schema is up to date.\n",
    ]);
  });

  it("db:migrate reports a stale lock, and --unlock releases it", async () => {
    const DATABASE_URL = await migratedDatabase();
    await query(DATABASE_URL, "update knex_migrations_lock set is_locked = 1");
    const held = await cli("migrate", { DATABASE_URL });
    expect(held).toMatchObject({ code: 1, err: expect.stringMatching(/^db:migrate: .*-- --unlock\n$/) });
    const { code, out } = await cli("migrate --unlock", { DATABASE_URL });
    expect({ code, out }).toEqual({
      code: 0,
      out: "The migration lock is free.\nNothing to do: the schema is up to date.\n",
    });
  });
});

interface TaskRow {
  title: string;
  description: string | null;
  completed: boolean;
  completed_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const SCRIPTS = "Latin Greek Cyrillic Arabic Hebrew Devanagari Hiragana Han Hangul Emoji".split(" ");
const script = (name: string) =>
  new RegExp(name === "Emoji" ? "\\p{Extended_Pictographic}" : `\\p{Script=${name}}`, "u");

describe.concurrent("db:seed", () => {
  it("migrates and adds users and tasks, and a second run adds more and resets the demo account", async () => {
    const DATABASE_URL = await emptyDatabase();
    const first = await cli("seed --users 3 --tasks 250 --seed 7", { DATABASE_URL });
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining("Added 3 users and 1,000 tasks") });
    expect(first.out).toContain(`email     ${DEMO.email}`);
    expect(first.out).toContain(`password  ${DEMO.password}`);
    expect(first.err).toMatch(/753 of 753 rows \(100%\)/);
    expect(await count(DATABASE_URL, "user")).toBe(4);
    expect(await count(DATABASE_URL, "task")).toBe(1_000);
    const credential = `provider_id = 'credential' and account_id = user_id::text and password_hash like '$2b$12$%'`;
    expect(await count(DATABASE_URL, "account", credential)).toBe(4);
    expect(await count(DATABASE_URL, "user", `email ~ '^[a-z0-9.]+@example\\.(org|com|net)$'`)).toBe(4);

    const demoId = (
      await query<{ id: string }>(DATABASE_URL, `select id from "user" where email = '${DEMO.email}'`)
    )[0]?.id;
    await query(
      DATABASE_URL,
      `update account set password_hash = 'changed by a visitor';
       insert into totp (user_id, secret, confirmed_at) values ('${demoId}', 'secret', now());
       insert into recovery_code (user_id, code_hash) values ('${demoId}', 'hash');
       insert into session (user_id, token, expires_at) values ('${demoId}', 'token', now() + interval '1 day');
       insert into one_time_link (token_hash, user_id, purpose, expires_at)
         values ('hash', '${demoId}', 'password_reset', now() + interval '1 hour');
       insert into personal_access_token (user_id, name, scope, digest, expires_at)
         values ('${demoId}', 'Script', 'tasks:read', sha256('token'), now() + interval '1 day')`,
    );
    const second = await cli("seed --users 2 --tasks 10 --seed 7", { DATABASE_URL });
    expect(second).toMatchObject({ code: 0, out: expect.stringContaining("Added 2 users and 20 tasks") });
    expect(second.out).toContain("already existed");
    expect(await count(DATABASE_URL, "user")).toBe(6);
    for (const table of ["totp", "recovery_code", "session", "one_time_link", "personal_access_token"])
      expect(await count(DATABASE_URL, table), table).toBe(0);
    const [demo] = await query<{ hash: string }>(
      DATABASE_URL,
      `select password_hash as hash from account join "user" on "user".id = user_id where email = '${DEMO.email}'`,
    );
    expect(() =>
      assertStrongPassword(DEMO.password, { email: DEMO.email, name: "Demo Nguyễn" }),
    ).not.toThrow();
    expect(DEMO.password.length).toBeGreaterThanOrEqual(PASSWORD_MIN);
    expect(await verifyPassword({ hash: demo?.hash ?? "", password: DEMO.password })).toBe(true);
  });

  it("generates valid and varied rows, and the same ones for the same seed", async () => {
    const [one, other] = await Promise.all([emptyDatabase(), emptyDatabase()]);
    const args = "seed --users 4 --tasks 400 --seed 3";
    await Promise.all([cli(args, { DATABASE_URL: one }), cli(args, { DATABASE_URL: other })]);
    const everything = `select email, name, title, description, completed from "user" join task on "user".id = user_id
      order by email, task.id`;
    expect(await query(one, everything)).toEqual(await query(other, everything));

    const tasks = await query<TaskRow>(one, "select * from task");
    for (const { title, description, ...task } of tasks) {
      expect(newTaskSchema.parse({ title, description })).toEqual({ title, description });
      expect(+task.updated_at).toBeGreaterThanOrEqual(+task.created_at);
      expect(+task.updated_at).toBeLessThanOrEqual(Date.now());
      expect(task.completed_at).toEqual(task.completed ? task.updated_at : null);
    }
    const titles = tasks.map((task) => task.title);
    for (const name of SCRIPTS)
      expect(titles.filter((title) => script(name).test(title)).length, name).toBeGreaterThan(5);
    expect(Math.max(...titles.map((title) => [...title].length))).toBeGreaterThan(180);
    const months = new Set(tasks.map((task) => task.created_at.toISOString().slice(0, 7)));
    expect(months.size).toBeGreaterThanOrEqual(3);
    const done = tasks.filter((task) => task.completed).length / tasks.length;
    expect(done).toBeGreaterThan(0.2);
    expect(done).toBeLessThan(0.8);
  });

  it("leaves an account unchanged that was signed up for with the demo address", async () => {
    const DATABASE_URL = await migratedDatabase();
    await query(DATABASE_URL, `insert into "user" (email, name) values ('${DEMO.email}', 'Ada')`);
    const { code, out } = await cli("seed --users 1 --tasks 1", { DATABASE_URL });
    expect(code).toBe(0);
    expect(out).toContain("was left unchanged");
    expect(out).not.toContain(DEMO.password);
    expect(await count(DATABASE_URL, "user", "name = 'Ada'")).toBe(1);
    expect(await count(DATABASE_URL, "account")).toBe(1);
  });
});

it("user:reset-password names the migrations that a database lacks", async () => {
  const DATABASE_URL = await emptyDatabase();
  expect(await cli("user reset-password ada@lovelace.uk", { DATABASE_URL })).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringMatching(
      /^user:reset-password: the database lacks 20261120_0001_initial, .*: start Tock or run npm run db:migrate first\n$/,
    ),
  });
});

describe("the command line of the sources", () => {
  it("migrates and seeds a database", async () => {
    const DATABASE_URL = await emptyDatabase();
    const migrated = await start("migrate", { DATABASE_URL }, SOURCES).ended;
    expect(migrated).toMatchObject({ code: 0, err: "" });
    const seeded = await start("seed --users 2 --tasks 3", { DATABASE_URL }, SOURCES).ended;
    expect(seeded).toMatchObject({ code: 0, out: expect.stringContaining("2 users") });
    expect(await count(DATABASE_URL, "task")).toBeGreaterThan(0);
  });
});

describe("an interrupted db:seed", () => {
  it("stops at Ctrl-C also when users get no tasks", async () => {
    const DATABASE_URL = await emptyDatabase();
    const { child, output, ended } = start("seed --users 100000 --tasks 0", { DATABASE_URL });
    while (!output.err.includes("rows") && child.exitCode === null) await sleep(20);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, err: expect.stringContaining("db:seed: stopped") });
  });

  it("stops at Ctrl-C, and leaves neither users with a part of their tasks nor connections", async () => {
    const DATABASE_URL = await emptyDatabase();
    const { child, output, ended } = start("seed --users 2000 --tasks 20", { DATABASE_URL });
    // The time before the first batch depends on the machine, so the limit of the test bounds it.
    while (!output.err.includes("rows") && child.exitCode === null) await sleep(20);
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, err: expect.stringContaining("db:seed: stopped") });
    const perUser = `select count(task.id)::int as n from "user" left join task on user_id = "user".id group by "user".id`;
    expect(await query(DATABASE_URL, `select distinct n from (${perUser}) as counts`)).toEqual([{ n: 20 }]);
    expect(
      await count(
        DATABASE_URL,
        "pg_stat_activity",
        "datname = current_database() and backend_type = 'client backend'",
      ),
    ).toBe(1);
  });
});

describe.concurrent("db:seed against what looks like production", () => {
  it("is refused for more tasks per user than the quota, and changes nothing", async () => {
    const DATABASE_URL = await emptyDatabase();
    const refused = await cli("seed --users 1 --tasks 11", { DATABASE_URL, TASKS_PER_USER_MAX: "10" });
    expect(refused).toMatchObject({
      code: 1,
      out: "",
      err: expect.stringMatching(/^db:seed: --tasks must be at most 10, .*TASKS_PER_USER_MAX.*\n$/),
    });
    expect(await tablesOf(DATABASE_URL)).toEqual([]);
  });

  it("is refused for NODE_ENV and a remote host, and changes nothing", async () => {
    const url = await emptyDatabase();
    const remote = new URL(url);
    // An address that reaches this machine, but is not recognized as local.
    remote.hostname = "0.0.0.0";
    remote.searchParams.set("sslmode", "disable");
    const refused = await cli("seed", { DATABASE_URL: remote.href, NODE_ENV: "production" });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.err).toMatch(
      /^db:seed: refused, .*NODE_ENV is production.*0\.0\.0\.0.*add --yes-really\n$/,
    );
    expect(await tablesOf(url)).toEqual([]);
  });

  it("is refused if people have signed up, unless --yes-really is given", async () => {
    const DATABASE_URL = await migratedDatabase();
    await query(DATABASE_URL, `insert into "user" (email, name) values ('ada@lovelace.uk', 'Ada')`);
    const refused = await cli("seed", { DATABASE_URL });
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/1 person has signed up.*--yes-really\n$/),
    });
    expect(await count(DATABASE_URL, "user")).toBe(1);
    expect((await cli("seed --users 1 --tasks 1 --yes-really", { DATABASE_URL })).code).toBe(0);
    expect(await count(DATABASE_URL, "user")).toBe(3);
  });
});

describe.concurrent("a wrong call", () => {
  it.each([
    ["seed --user 3", /^db:seed: Unknown option '--user'\nUsage:/],
    ["seed --users many", /^db:seed: --users must be a whole number.*"many"\nUsage:/],
    ["migrate now", /^db:migrate: .*'now'.*\nUsage:/],
  ])("with invalid arguments (%s) prints the usage", async (args, message) => {
    expect(await cli(args, {})).toMatchObject({ code: 1, out: "", err: expect.stringMatching(message) });
  });

  it.each([
    ["with an invalid environment", "mysql://localhost/tock", /^db:migrate: DATABASE_URL: must be .*\n$/],
    [
      "with an unreachable database",
      "postgres://me:pass@127.0.0.1:1/tock",
      /^db:migrate: DATABASE_URL: the database on 127\.0\.0\.1 cannot be used: .*ECONNREFUSED.*\n$/,
    ],
  ])("%s prints one line", async (_, DATABASE_URL, line) => {
    const result = await cli("migrate", { DATABASE_URL });
    expect(result).toMatchObject({ code: 1, out: "", err: expect.stringMatching(line) });
    expect(result.err).not.toContain("pass@");
  });
});

describe("the command line with the embedded database", () => {
  it("starts and stops it, and uses the server of a running app", async () => {
    const dataDir = await temporaryFolder();
    const seeded = await cli("seed --users 2 --tasks 5", { DATA_DIR: dataDir });
    expect(seeded).toMatchObject({ code: 0, out: expect.stringContaining("Added 2 users and 15 tasks") });
    expect((await readdir(dataDir)).sort()).toEqual(["postgres", "postgres.password"]);

    const running = await startEmbedded({ dataDir, log: silentLog, throwaway: true });
    try {
      expect((await cli("seed --users 1 --tasks 5", { DATA_DIR: dataDir })).code).toBe(0);
      expect(await count(running.url, "user")).toBe(4);
      const applied = await count(running.url, "knex_migrations");
      expect((await cli("rollback", { DATA_DIR: dataDir })).code).toBe(0);
      expect(await count(running.url, "knex_migrations")).toBe(applied - 1);
    } finally {
      await running.stop();
    }
  });
});

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { withMaintenanceConnection } from "#db/connection.ts";
import { attachOrStartEmbedded, startEmbedded } from "#db/embedded/embedded-database.ts";
import { RUNTIME_ROLE, renewRuntimeRole } from "#db/embedded/runtime-role.ts";
import { migrateToLatest } from "#db/migrations/index.ts";
import { startApp } from "../support/app-server.ts";
import { runCommand } from "../support/command.ts";
import { cleanUp } from "../support/embedded-process.ts";
import { failedStart } from "../support/failed-start.ts";
import { queryRows } from "../support/sql.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createTestDatabase, runtimeUrlOf, silentLog, type TestDatabase } from "../support/test-database.ts";
import { request, signIn, signUp } from "../support/users.ts";

const OPERATIONS = fileURLToPath(new URL("../../docs/operations/database.md", import.meta.url));
const SECRETS = {
  JWT_SECRET: "jwt-secret-of-the-tests-0123456789abcdef",
  SESSION_SECRET: "session-secret-of-the-tests-0123456789ab",
  BETTER_AUTH_SECRET: "identity-secret-of-the-tests-0123456789a",
};

let database: TestDatabase;
/** The URL of `database` for the role that serves requests. */
let runtimeUrl: string;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  runtimeUrl = runtimeUrlOf(database.url);
});
afterAll(() => database?.drop());

const TRIGGER_FUNCTION =
  "count_tasks_on_insert() returns trigger language plpgsql as 'begin return null; end'";

/** Statements of an attacker who can inject SQL. */
const REFUSED = [
  "copy (select 'x') to program 'cat'",
  "copy task (title) from program 'id'",
  "copy task to '/tmp/tock-stolen'",
  "select pg_read_file('postgresql.conf')",
  "select lo_import('/etc/passwd')",
  "alter system set archive_command = 'id'",
  "create table mine ()",
  "create table public.mine as select * from task",
  "create schema mine",
  "create function mine() returns int language sql as 'select 1'",
  "create role eve superuser",
  "create database eve",
  "create index mine on task (title)",
  "alter table task add column mine int",
  `alter table "user" alter column email type text`,
  "drop table task",
  "drop index task_newest",
  "truncate rate_limit",
  "alter table task disable trigger all",
  "alter table task disable trigger count_tasks_on_insert",
  "drop trigger count_tasks_on_insert on task",
  "create trigger mine before insert on task execute function count_tasks_on_insert()",
  `create or replace function ${TRIGGER_FUNCTION}`,
  "alter function count_tasks_on_insert() reset all",
  "drop function count_tasks_on_insert() cascade",
  "set session_replication_role = replica",
  "insert into knex_migrations (name) values ('20991231_0001_mine')",
  "delete from knex_migrations",
  "update knex_migrations_lock set is_locked = 1",
  "alter role current_user superuser",
  "alter database postgres set search_path = mine",
  "alter default privileges for role current_user in schema public grant all on tables to public",
];

describe("the role that serves requests", () => {
  // The last one is allowed for one's own tables, of which there can be none.
  it.each(REFUSED.slice(0, -1))("is refused: %s", async (statement) => {
    await expect(queryRows(runtimeUrl, statement)).rejects.toMatchObject({ code: "42501" });
  });

  it("cannot become the owner", async () => {
    const owner = pg.escapeIdentifier(decodeURIComponent(new URL(database.url).username));
    for (const statement of [`set role ${owner}`, `set session authorization ${owner}`])
      await expect(queryRows(runtimeUrl, statement)).rejects.toMatchObject({ code: "42501" });
  });

  it("reads and writes the rows of every table, but only reads the history of migrations", async () => {
    const rights = await queryRows(
      database.url,
      `select c.relname as name, array_agg(p.name order by p.name) as rights
       from pg_class c cross join unnest('{DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE}'::text[]) as p (name)
       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and has_table_privilege($1, c.oid, p.name)
       group by c.relname`,
      [RUNTIME_ROLE],
    );
    const tables = await queryRows(
      database.url,
      "select tablename as name from pg_tables where schemaname = 'public'",
    );
    expect(rights.map(({ name }) => name).sort()).toEqual(tables.map(({ name }) => name).sort());
    expect(rights.length).toBeGreaterThan(7);
    for (const { name, rights: held } of rights)
      expect(held, name).toEqual(
        name.startsWith("knex_") ? ["SELECT"] : ["DELETE", "INSERT", "SELECT", "UPDATE"],
      );
  });

  it("gets these rights on tables and sequences that the owner adds later", async () => {
    await queryRows(database.url, "create table later (id serial primary key, n int)");
    try {
      const [{ id }] = await queryRows(runtimeUrl, "insert into later (n) values (1) returning id");
      expect(await queryRows(runtimeUrl, "update later set n = 2 where id = $1 returning n", [id])).toEqual([
        { n: 2 },
      ]);
      await expect(queryRows(runtimeUrl, "truncate later")).rejects.toMatchObject({ code: "42501" });
    } finally {
      await queryRows(database.url, "drop table later");
    }
  });

  it("gets lost rights back with the next migration, which otherwise changes no grant", async () => {
    const grants = () =>
      queryRows(
        database.url,
        "select relname, relacl::text, xmin::text from pg_class where relnamespace = 'public'::regnamespace order by 1",
      );
    await queryRows(
      database.url,
      `revoke all on task from ${RUNTIME_ROLE}; grant insert on knex_migrations to ${RUNTIME_ROLE}`,
    );
    await withMaintenanceConnection(database.url, (knex) => migrateToLatest(knex, RUNTIME_ROLE));
    expect(await queryRows(runtimeUrl, "select count(*)::int as n from task")).toEqual([{ n: 0 }]);
    await expect(
      queryRows(runtimeUrl, "insert into knex_migrations (name) values ('x')"),
    ).rejects.toMatchObject({
      code: "42501",
    });
    const before = await grants();
    await withMaintenanceConnection(database.url, (knex) => migrateToLatest(knex, RUNTIME_ROLE));
    expect(await grants()).toEqual(before);
  });

  it("keeps the counters of tasks exact by the triggers, and cannot exceed the quota", async () => {
    const [{ id }] = await queryRows(
      runtimeUrl,
      `insert into "user" (email, name) values ($1, 'Ada') returning id`,
      [`${randomUUID()}@example.org`],
    );
    const add = (count: number) =>
      queryRows(
        runtimeUrl,
        "insert into task (user_id, title) select $1, 't' from generate_series(1, $2::int)",
        [id, count],
      );
    await add(3);
    await queryRows(
      runtimeUrl,
      "delete from task where id in (select id from task where user_id = $1 limit 1)",
      [id],
    );
    const counted = () =>
      queryRows(runtimeUrl, "select total, completed from task_count where user_id = $1", [id]);
    expect(await counted()).toEqual([{ total: 2, completed: 0 }]);
    const client = new pg.Client({ connectionString: runtimeUrl });
    await client.connect();
    await client.query("set tock.task_quota = 2");
    const overQuota = client.query("insert into task (user_id, title) values ($1, 't')", [id]);
    await expect(overQuota.finally(() => client.end())).rejects.toMatchObject({ constraint: "task_quota" });
    expect(await counted()).toEqual([{ total: 2, completed: 0 }]);
    // The cascade runs with the rights of the tables' owner.
    await queryRows(runtimeUrl, `delete from "user" where id = $1`, [id]);
    expect(await counted()).toEqual([]);
  });
});

describe("the embedded database", () => {
  afterEach(cleanUp);
  const startOn = (dataDir: string) => startApp({ DATABASE_URL: "", DATA_DIR: dataDir });
  const attributes = (ownerUrl: string) =>
    queryRows(
      ownerUrl,
      `select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as privileged,
         (select count(*)::int from pg_shdepend d where d.refobjid = r.oid and d.deptype = 'o') as owned,
         (select count(*)::int from pg_auth_members m where m.member = r.oid) as memberships
       from pg_roles r where rolname = '${RUNTIME_ROLE}'`,
    );

  it("serves requests with a role that has no rights but those on rows", async () => {
    const dataDir = await temporaryFolder();
    const app = await startOn(dataDir);
    try {
      const user = await signUp(app.url);
      expect((await user.api("POST", "/api/tasks", { title: "Water the fern" })).status).toBe(201);
      const owner = await attachOrStartEmbedded({ dataDir, log: silentLog });
      const connected = await queryRows(
        owner.url,
        "select distinct usename from pg_stat_activity where application_name = 'tock'",
      );
      expect(connected).toEqual([{ usename: RUNTIME_ROLE }]);
      expect(await attributes(owner.url)).toEqual([{ privileged: false, owned: 0, memberships: 0 }]);
    } finally {
      await app.stop();
    }
  });

  it("that cannot be migrated stops the start with one line, which names no variable", async () => {
    const dataDir = await temporaryFolder();
    const full = await startEmbedded({ dataDir, log: silentLog, throwaway: true });
    await queryRows(
      full.url,
      `create function fail() returns event_trigger language plpgsql as
         $$ begin raise exception 'could not extend file: no space left' using errcode = 'disk_full'; end $$;
       create event trigger fail on ddl_command_start execute function fail()`,
    );
    await full.stop();
    const { lines, code } = await failedStart({ ...SECRETS, DATABASE_URL: "", DATA_DIR: dataDir });
    const { level, msg } = JSON.parse(lines.at(-1) ?? "");
    expect([level, code]).toEqual(["fatal", 1]);
    expect(msg).toMatch(/^The embedded database cannot be used \(.*no space left\)\.$/);
  });

  it("cannot create a temporary table, and its former password stops working with the next start", async () => {
    const dataDir = await temporaryFolder();
    const running = await startEmbedded({ dataDir, log: silentLog, throwaway: true });
    try {
      const first = await renewRuntimeRole(running.url);
      expect(await queryRows(first, "select 1 as one")).toEqual([{ one: 1 }]);
      for (const name of ["tock", "postgres"]) {
        const url = new URL(first);
        url.pathname = `/${name}`;
        await expect(queryRows(url.href, "create temporary table mine ()")).rejects.toMatchObject({
          code: "42501",
        });
      }
      const second = await renewRuntimeRole(running.url);
      await expect(queryRows(first, "select 1")).rejects.toMatchObject({ code: "28P01" });
      expect(await queryRows(second, "select 1 as one")).toEqual([{ one: 1 }]);
    } finally {
      await running.stop();
    }
  });

  it("of a release in which the owner served requests is converted, and that release still works on it", async () => {
    const dataDir = await temporaryFolder();
    const app = await startOn(dataDir);
    const user = await signUp(app.url);
    await user.api("POST", "/api/tasks", { title: "Written before" });
    await app.stop();

    // As that release left it: one role, a superuser, which owns everything and may be used by its stored password.
    const earlier = await startEmbedded({ dataDir, log: silentLog });
    await queryRows(
      earlier.url,
      `drop owned by ${RUNTIME_ROLE}; drop role ${RUNTIME_ROLE}; grant temporary on database tock to public`,
    );
    const stored = (await readFile(join(dataDir, "postgres.password"), "utf8")).trim();
    await earlier.stop();

    for (const title of ["After the conversion", "After the other release"]) {
      const converted = await startOn(dataDir);
      try {
        const again = await signIn(converted.url, user.email);
        expect((await again.api("POST", "/api/tasks", { title })).status).toBe(201);
        const owner = await attachOrStartEmbedded({ dataDir, log: silentLog });
        expect(await attributes(owner.url)).toEqual([{ privileged: false, owned: 0, memberships: 0 }]);
        expect(new URL(owner.url).password).toBe(stored);
      } finally {
        await converted.stop();
      }
      const other = await startEmbedded({ dataDir, log: silentLog });
      // The earlier release migrates and serves as the owner.
      expect(await queryRows(other.url, "update task set title = title || '!' returning id")).not.toEqual([]);
      await queryRows(other.url, "create table if not exists of_other_release (id int)");
      await other.stop();
    }
  });
});

/** The SQL of docs/operations/database.md, by the number of its block, with the names of this test. */
async function documentedSql(block: number, names: Record<string, string>): Promise<string[]> {
  const section = (await readFile(OPERATIONS, "utf8")).split("## Roles of the database")[1] ?? "";
  const sql = [...section.matchAll(/```sql\n(.*?)```/gs)][block]?.[1] ?? "";
  const renamed = Object.entries(names).reduce(
    (text, [from, to]) => text.replaceAll(new RegExp(`\\b${from}\\b`, "g"), to),
    sql,
  );
  return renamed
    .split(";")
    .map((part) => part.trim())
    .filter(Boolean);
}

describe("a database of the operator", () => {
  const adminUrl = () => process.env.TEST_DATABASE_URL ?? "";
  const suffix = randomUUID().slice(0, 8);
  const names = { tock_owner: `owner_${suffix}`, tock_app: `app_${suffix}`, tock: `roles_${suffix}` };
  const urlOf = (role: string, password: string, name = names.tock) => {
    const url = new URL(adminUrl());
    Object.assign(url, { username: role, password, pathname: `/${name}` });
    return url.href;
  };
  const ownerUrl = urlOf(names.tock_owner, "first-password");
  const appUrl = urlOf(names.tock_app, "second-password");
  beforeAll(async () => {
    for (const statement of await documentedSql(0, names)) await queryRows(adminUrl(), statement);
  });
  afterAll(async () => {
    await queryRows(adminUrl(), `drop database if exists ${names.tock} with (force)`);
    for (const role of [names.tock_app, names.tock_owner])
      await queryRows(adminUrl(), `drop role if exists ${role}`);
  });
  const failure = async (env: Record<string, string>) => {
    const { lines, code } = await failedStart({ ...SECRETS, ...env });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    return JSON.parse(lines[0] ?? "").msg as string;
  };

  it("cannot be prepared by the role that serves requests, which the start reports in one line", async () => {
    expect(await failure({ DATABASE_URL: appUrl })).toMatch(
      /^DATABASE_URL: the role "app_.*" cannot change the schema, which lacks 20261120_0001_initial.*MIGRATION_DATABASE_URL/,
    );
  });

  it("is migrated by its owner and served by the other role, with the documented SQL", async () => {
    const app = await startApp({ DATABASE_URL: appUrl, MIGRATION_DATABASE_URL: ownerUrl });
    try {
      const user = await signUp(app.url);
      expect((await user.api("POST", "/api/tasks", { title: "Water the fern" })).status).toBe(201);
      expect((await user.api("DELETE", "/api/auth/sessions")).status).toBe(204);
      const owners = await queryRows(
        appUrl,
        "select distinct tableowner as name from pg_tables where schemaname = 'public'",
      );
      expect(owners).toEqual([{ name: names.tock_owner }]);
      const connected = () =>
        queryRows(
          adminUrl(),
          "select distinct usename from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
          [names.tock],
        );
      // The server may still be ending the connection of the migrations.
      await expect.poll(connected).toEqual([{ usename: names.tock_app }]);
      for (const statement of ["create table mine ()", "create temporary table mine ()", "drop table task"])
        await expect(queryRows(appUrl, statement)).rejects.toMatchObject({ code: "42501" });
      expect(app.log.join("\n")).not.toContain("more rights");
      expect(app.log.join("\n")).not.toMatch(/first-password|second-password/);
    } finally {
      await app.stop();
    }
  });

  it("starts without MIGRATION_DATABASE_URL once it is migrated, in several processes too", async () => {
    for (const WEB_CONCURRENCY of ["1", "2"]) {
      const app = await startApp({ DATABASE_URL: appUrl, WEB_CONCURRENCY });
      try {
        await signUp(app.url);
      } finally {
        await app.stop();
      }
    }
  });

  it.each([
    ["MIGRATION_DATABASE_URL", () => ({ MIGRATION_DATABASE_URL: ownerUrl })],
    ["HF_SPACE_SECRETS", () => ({ HF_SPACE_SECRETS: `MIGRATION_DATABASE_URL=${ownerUrl}\nLOG_LEVEL=info` })],
  ])("does not give the owner's URL in %s to the web processes", async (_, env) => {
    const app = await startApp({ DATABASE_URL: appUrl, WEB_CONCURRENCY: "2", ...env() });
    try {
      const ready = app.log.map((line) => JSON.parse(line)).find(({ msg }) => msg === "Tock is ready");
      expect(ready.workers).toHaveLength(2);
      for (const pid of ready.workers) {
        const environment = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
        expect(environment).toContain("MIGRATION_DATABASE_URL=");
        expect(environment.join()).not.toContain(ownerUrl);
        expect(environment).toContain(`DATABASE_URL=${appUrl}`);
      }
    } finally {
      await app.stop();
    }
  });

  it("reports in one line a MIGRATION_DATABASE_URL whose role does not own the tables, and so cannot grant rights", async () => {
    const later = `later_${suffix}`;
    const { username, password } = new URL(adminUrl());
    const admin = urlOf(username, password);
    await queryRows(admin, `create role ${later} login password 'second-password'`);
    try {
      const laterUrl = urlOf(later, "second-password");
      expect(await failure({ DATABASE_URL: laterUrl, MIGRATION_DATABASE_URL: admin })).toMatch(
        /^MIGRATION_DATABASE_URL: must be the role that owns the tables, because the role "later_.*" of DATABASE_URL may not read and write account, .*, user, verification\.$/,
      );
      await queryRows(admin, `grant select on knex_migrations, knex_migrations_lock to ${later}`);
      expect(await failure({ DATABASE_URL: laterUrl })).toMatch(
        /^DATABASE_URL: the role "later_.*" of DATABASE_URL may not read and write account, .*\. Set MIGRATION_DATABASE_URL to the role that owns the tables\.$/,
      );
      const env = { ...SECRETS, DATABASE_URL: laterUrl, MIGRATION_DATABASE_URL: admin };
      expect((await runCommand(["doctor"], env)).out).toMatch(
        /^problem {2}role: the role of DATABASE_URL may not read and write account, .*: set MIGRATION_DATABASE_URL to the role that owns the tables, and start Tock\.$/m,
      );
    } finally {
      await queryRows(admin, `drop owned by ${later}; drop role ${later}`);
    }
  });

  it("reports in one line a MIGRATION_DATABASE_URL of another database, or with a wrong password", async () => {
    const empty = await createTestDatabase();
    try {
      const emptyUrl = urlOf(names.tock_app, "second-password", new URL(empty.url).pathname.slice(1));
      expect(await failure({ DATABASE_URL: emptyUrl, MIGRATION_DATABASE_URL: ownerUrl })).toMatch(
        /^DATABASE_URL: must lead to the same database and schema as MIGRATION_DATABASE_URL\.$/,
      );
    } finally {
      await empty.drop();
    }
    const wrong = urlOf(names.tock_owner, "wrong");
    const message = await failure({ DATABASE_URL: appUrl, MIGRATION_DATABASE_URL: wrong });
    expect(message).toMatch(/^MIGRATION_DATABASE_URL: the database cannot be used/);
    expect(message).not.toContain("wrong@");
  });

  it("is served by a new role after another role has served it as the owner, with the documented SQL", async () => {
    const later = `later_${suffix}`;
    const { username, password } = new URL(adminUrl());
    const admin = urlOf(username, password);
    for (const statement of await documentedSql(1, { ...names, tock_app: later }))
      await queryRows(admin, statement);
    const laterUrl = urlOf(later, "second-password");
    const app = await startApp({ DATABASE_URL: laterUrl, MIGRATION_DATABASE_URL: ownerUrl });
    try {
      await signUp(app.url);
      await expect(queryRows(laterUrl, "create temporary table mine ()")).rejects.toMatchObject({
        code: "42501",
      });
    } finally {
      await app.stop();
      await queryRows(admin, `drop owned by ${later}; drop role ${later}`);
    }
  });

  it("logs a warning when the role of DATABASE_URL has more rights than it needs", async () => {
    const app = await startApp({ DATABASE_URL: ownerUrl, MIGRATION_DATABASE_URL: ownerUrl });
    try {
      expect((await request(app.url, "GET", "/health")).status).toBe(200);
      const line = app.log.find((text) => text.includes("more rights than Tock needs")) ?? "{}";
      expect(JSON.parse(line)).toMatchObject({
        level: "warn",
        role: names.tock_owner,
        excessRights: ["creates tables", "owns tables"],
      });
    } finally {
      await app.stop();
    }
  });
});

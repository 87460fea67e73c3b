import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppServer, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { runCommand } from "../support/command.ts";
import { cleanUp } from "../support/embedded-process.ts";
import { failedStart } from "../support/failed-start.ts";
import { queryRows } from "../support/sql.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createTestDatabase } from "../support/test-database.ts";
import { request, signUp, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

let dataDir: string;
let tock: AppServer;
let ann: TestUser;

const startUnconfigured = () =>
  startApp({
    DATABASE_URL: "",
    JWT_SECRET: "",
    SESSION_SECRET: "",
    BETTER_AUTH_SECRET: "",
    DATA_DIR: dataDir,
  });

beforeAll(async () => {
  dataDir = await temporaryFolder();
  tock = await startUnconfigured();
});
afterAll(async () => {
  await tock.stop();
  await cleanUp();
});

test("an unconfigured start creates a database, its schema, and secrets that only the owner can read", async () => {
  ann = await signUp(tock.url);
  expect((await ann.api("POST", "/api/tasks", { title: "Survive a restart" })).status).toBe(201);
  expect((await request(tock.url, "GET", "/health")).body).toMatchObject({
    status: "ok",
    database: "connected",
  });
  const secrets = join(dataDir, "secrets.json");
  expect((await stat(secrets)).mode & 0o777).toBe(0o600);
  const values = Object.values(JSON.parse(await readFile(secrets, "utf8"))) as string[];
  expect(new Set(values).size).toBe(3);
  for (const value of values) expect(value.length).toBeGreaterThanOrEqual(32);
});

test("a second start on the same DATA_DIR fails in one line and does not disturb the first", async () => {
  await expect(startUnconfigured()).rejects.toThrow(new RegExp(`process ${tock.process.pid}\\b.*DATA_DIR`));
  expect((await ann.api("GET", "/api/tasks")).body.pagination.total).toBe(1);
});

test("a build starts on a schema that a newer build has migrated, and logs a warning", async () => {
  const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  const future = "20991231_0001_future";
  await queryRows(
    database.url,
    "insert into knex_migrations (name, batch, migration_time) values ($1, 9, now())",
    [future],
  );
  const older = await startApp({ DATABASE_URL: database.url });
  try {
    const user = await signUp(older.url);
    expect((await user.api("POST", "/api/tasks", { title: "Works" })).status).toBe(201);
    expect(older.log.join("\n")).toMatch(new RegExp(`"unknown":\\["${future}"\\].*newer than this build`));
  } finally {
    await older.stop();
    await database.drop();
  }
});

test("a start that waits for another migration says so, and names the migrations before it applies them", async () => {
  const database = await createTestDatabase();
  const locker = new pg.Client({ connectionString: database.url });
  await locker.connect();
  try {
    // The advisory lock of db/migrations.
    await locker.query("select pg_advisory_lock(x'746f636b'::int)");
    const starting = startApp({ DATABASE_URL: database.url });
    await waitFor(async () => {
      const waits = await queryRows(
        database.url,
        // Other test files use the same server.
        `select from pg_locks join pg_database on pg_database.oid = database
         where datname = current_database() and locktype = 'advisory' and not granted`,
      );
      expect(waits).toHaveLength(1);
    });
    await locker.query("select pg_advisory_unlock_all()");
    const app = await starting;
    await app.stop();
    const messages = app.log.map((line) => JSON.parse(line));
    expect(messages.slice(0, 3)).toMatchObject([
      { msg: "waiting for another migration" },
      { msg: "applying migrations", pending: expect.arrayContaining(["20261120_0001_initial"]) },
      { msg: "database schema migrated" },
    ]);
  } finally {
    await locker.end();
    await database.drop();
  }
});

test("a database with another encoding than UTF8 is reported in one line by the start and by the doctor", async () => {
  const admin = process.env.TEST_DATABASE_URL ?? "";
  const name = `latin1_${randomUUID().replaceAll("-", "")}`;
  await queryRows(admin, `create database ${name} encoding 'LATIN1' locale 'C' template template0`);
  const DATABASE_URL = Object.assign(new URL(admin), { pathname: name }).href;
  const problem = "the database has the encoding LATIN1: create it with encoding 'UTF8' template template0.";
  try {
    const { lines, code } = await failedStart({ ...TEST_SECRETS, DATABASE_URL });
    expect({ lines: lines.length, code }, lines.join("\n")).toEqual({ lines: 1, code: 1 });
    expect(JSON.parse(lines[0] ?? "").msg).toBe(`DATABASE_URL: ${problem}`);
    const { out } = await runCommand(["doctor"], { ...TEST_SECRETS, DATABASE_URL });
    expect(out).toContain(`problem  database: ${problem}\n`);
  } finally {
    await queryRows(admin, `drop database ${name} with (force)`);
  }
});

test("the app restarts an embedded database that was killed", async () => {
  const [pid] = (await readFile(join(dataDir, "postgres/postmaster.pid"), "utf8")).split("\n");
  execFileSync("kill", ["-9", pid ?? ""]);
  await expect
    .poll(async () => (await ann.api("GET", "/api/tasks")).body?.pagination?.total, {
      interval: 100,
    })
    .toBe(1);
});

test("a restart keeps accounts, tasks and sessions", async () => {
  expect(await tock.stop()).toBe(0);
  tock = await startUnconfigured();
  const again = await request(tock.url, "GET", "/api/tasks", {
    headers: { Authorization: `Bearer ${ann.token}` },
  });
  expect(again.body.data).toMatchObject([{ title: "Survive a restart" }]);
  const byCookie = await request(tock.url, "GET", "/api/auth/profile", { headers: { Cookie: ann.cookie } });
  expect(byCookie.body.user.email).toBe(ann.email);
});

import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import knex from "knex";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textEntry } from "#db/backup/archive-entries.ts";
import { findOtherObjects } from "#db/backup/dump.ts";
import { extractArchive, verifyArchive } from "#db/backup/read-archive.ts";
import { writeArchive } from "#db/backup/write-archive.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { runCommand } from "../support/command.ts";
import { cleanUp } from "../support/embedded-process.ts";
import { queryRows } from "../support/sql.ts";
import {
  clientMajor,
  hasSystemPostgres,
  type SystemPostgres,
  startSystemPostgres,
} from "../support/system-postgres.ts";
import { startTaskWriter, taskIds } from "../support/task-writer.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createUser, signIn, type TestUser } from "../support/users.ts";
import { waitUntil } from "../support/wait-until.ts";

/** An address that no seed uses: a person's. */
const EMAIL = "ada@lovelace.uk";
const databaseAt = (server: string, name: string) => Object.assign(new URL(server), { pathname: name }).href;

async function findOther(url: string): Promise<string[]> {
  const connection = knex({ client: "pg", connection: url });
  return findOtherObjects(connection, "public").finally(() => connection.destroy());
}

describe.skipIf(!hasSystemPostgres())(
  "db:backup and db:restore with DATABASE_URL (needs pg_dump and a server)",
  () => {
    let server: SystemPostgres;
    let folder: string;
    let env: { DATABASE_URL: string; BACKUP_DIR: string };
    let app: AppServer;
    let user: TestUser;
    let archive: string;
    /** Tasks that were acknowledged before the backup began. */
    let before: number[];

    beforeAll(async () => {
      server = await startSystemPostgres();
      await queryRows(server.url, "create database tock");
      folder = await temporaryFolder(0o700);
      env = { DATABASE_URL: databaseAt(server.url, "tock"), BACKUP_DIR: join(folder, "backups") };
      app = await startApp({ DATABASE_URL: env.DATABASE_URL });
      user = await createUser(app, { email: EMAIL });
    });
    afterAll(async () => {
      await app.stop();
      await server.stop();
      await cleanUp();
    });

    it("writes one archive while a client adds tasks", async () => {
      const writer = startTaskWriter(user);
      await waitUntil(() => writer.acknowledged.length > 20);
      before = [...writer.acknowledged];
      const result = await runCommand(["backup"], env);
      await writer.stop();
      expect(result).toMatchObject({
        code: 0,
        err: "",
        out: expect.stringMatching(/^Wrote .* schema .*\.\n$/),
      });
      expect(writer.acknowledged.length).toBeGreaterThan(before.length);
      const names = await readdir(env.BACKUP_DIR);
      expect(names).toEqual([expect.stringMatching(/^tock-[\dTZ-]+\.tar\.gz$/)]);
      archive = join(env.BACKUP_DIR, names[0] ?? "");
      expect((await stat(archive)).mode & 0o777).toBe(0o600);
    });

    it("refuses to replace people, and an archive of an embedded database", async () => {
      expect(await runCommand(["restore", archive], env)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^db:restore: refused, because 1 person has signed up .*--yes-really\n$/),
      });
      const cluster = join(folder, "cluster.tar.gz");
      const info = { ...(await verifyArchive(archive)), kind: "cluster" as const };
      await writeArchive(cluster, info, only("postgres/PG_VERSION", "18"), new AbortController().signal);
      expect(await runCommand(["restore", cluster, "--yes-really"], env)).toMatchObject({
        code: 1,
        err: expect.stringMatching(
          /cannot be restored: it contains an embedded database.*unset DATABASE_URL.*\n$/,
        ),
      });
    });

    it("refuses to delete tables, views and functions of another application, and names them", async () => {
      const url = databaseAt(server.url, "shared");
      await queryRows(server.url, "create database shared");
      await queryRows(
        url,
        `create table invoice (id int);
         create view unpaid as select id from invoice;
         create function tax(amount int) returns int language sql as 'select amount / 5'`,
      );
      expect(await runCommand(["restore", archive], { ...env, DATABASE_URL: url })).toMatchObject({
        code: 1,
        err: "db:restore: refused, because the restore would delete objects of other applications: function tax(integer), table invoice, view unpaid. To do it anyway, add --yes-really\n",
      });
      expect(await findOther(env.DATABASE_URL)).toEqual([]);
    });

    it("keeps the database as it was if the dump cannot be restored", async () => {
      const extracted = join(folder, "extracted");
      await mkdir(extracted);
      await extractArchive(archive, extracted);
      const dump = await readFile(join(extracted, "database.dump"));
      const broken = join(folder, "broken.tar.gz");
      const info = await verifyArchive(archive);
      // The end of the data is missing, so pg_restore fails when it has written most of its script.
      const cut = dump.subarray(0, dump.length - 40);
      await writeArchive(broken, info, only("database.dump", cut), new AbortController().signal);
      const tasks = await taskIds(app.url, user.token);
      const result = await runCommand(["restore", broken, "--yes-really"], env);
      expect(result).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^db:restore: pg_restore: error: .*\n$/),
      });
      expect(await taskIds(app.url, user.token)).toEqual(tasks);
    });

    it("restores every task that was acknowledged, after which its owner can sign in", async () => {
      await app.stop();
      await queryRows(env.DATABASE_URL, `update "user" set name = 'Changed'`);
      // As a newer release may have added it.
      await queryRows(env.DATABASE_URL, `create table newer (user_id uuid references "user")`);
      const result = await runCommand(["restore", archive, "--yes-really"], env);
      expect(result).toMatchObject({
        code: 0,
        err: "",
        out: expect.stringContaining("Restored the database.\n"),
      });
      expect(await queryRows(env.DATABASE_URL, "select to_regclass('newer') as newer")).toEqual([
        { newer: null },
      ]);
      app = await startApp({ DATABASE_URL: env.DATABASE_URL });
      const ids = await taskIds(app.url, user.token);
      expect(before.filter((id) => !ids.has(id))).toEqual([]);
      const again = await signIn(app.url, EMAIL);
      expect(again.name).toBe("Ada");
      expect((await again.api("POST", "/api/tasks", { title: "After the restore" })).status).toBe(201);
    });
  },
);

async function* only(name: string, content: string | Uint8Array) {
  yield textEntry(name, content);
}

describe("db:backup with DATABASE_URL", () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
    folder = await temporaryFolder(0o700);
  });
  afterAll(async () => {
    await database.drop();
    await cleanUp();
  });
  const backup = (env: Record<string, string> = {}) =>
    runCommand(["backup"], { DATABASE_URL: database.url, BACKUP_DIR: join(folder, "backups"), ...env });

  it("says in one line that pg_dump is missing, and leaves no archive", async () => {
    expect(await backup({ PATH: "/nonexistent" })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^db:backup: pg_dump is not installed: install .*\n$/),
    });
    expect(await readdir(join(folder, "backups"))).toEqual([]);
  });

  it.skipIf((clientMajor() ?? 99) >= 18)(
    "says in one line that pg_dump is older than the server",
    async () => {
      expect(await backup()).toMatchObject({
        code: 1,
        err: expect.stringMatching(
          /^db:backup: pg_dump has version 1\d, and the server has version 18: install .*\n$/,
        ),
      });
    },
  );

  it("passes pg_dump the password in its environment, and never in its arguments", async () => {
    const programs = join(folder, "bin");
    const seen = join(folder, "seen");
    await mkdir(programs);
    const script = `#!/bin/sh
case "$1" in --version) echo "pg_dump (PostgreSQL) 99.1"; exit;; esac
printf '%s\\n' "$PGPASSWORD" "$@" > ${seen}
echo "pg_dump: error: connection to server at \\"db\\" failed: recorded" >&2
echo "Advice of libpq." >&2
exit 1
`;
    await writeFile(join(programs, "pg_dump"), script);
    await chmod(join(programs, "pg_dump"), 0o755);
    expect(await backup({ PATH: `${programs}:/usr/bin:/bin` })).toMatchObject({
      code: 1,
      err: 'db:backup: pg_dump: error: connection to server at "db" failed: recorded Advice of libpq.\n',
    });
    const [password, ...args] = (await readFile(seen, "utf8")).trim().split("\n");
    expect(password).toBe(decodeURIComponent(new URL(database.url).password));
    expect(args.length).toBeGreaterThan(3);
    expect(args.join(" ")).not.toContain(password);
    expect(await readdir(join(folder, "backups"))).toEqual([]);
    await rm(seen);
  });
});

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "#db/embedded/free-port.ts";
import { STEPPABLE_CLOCK } from "../chaos/environment.ts";
import { TEST_SECRETS } from "../support/app-server.ts";
import { BUILT, runCommand, startCommand } from "../support/command.ts";
import { startMailServer } from "../support/mail-server.ts";
import { hasRedis, startRedis } from "../support/redis-server.ts";
import { createTestDatabase, runtimeUrlOf, type TestDatabase } from "../support/test-database.ts";

let empty: TestDatabase;
let migrated: TestDatabase;
beforeAll(async () => {
  empty = await createTestDatabase();
  migrated = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
});
afterAll(() => Promise.all([empty.drop(), migrated.drop()]));

const doctor = (env: Record<string, string>) => runCommand(["doctor"], { ...TEST_SECRETS, ...env });
/** The lines of some topics. */
const linesOf = (out: string, ...topics: string[]) =>
  out.split("\n").filter((line) => topics.some((topic) => line.includes(`  ${topic}: `)));

describe("npm run doctor", () => {
  it("says what to change for pending migrations, missing proxies, an unreachable origin and a powerful role", async () => {
    const { code, out, err } = await doctor({
      DATABASE_URL: empty.url,
      MIGRATION_DATABASE_URL: empty.url,
      APP_URL: `https://127.0.0.1:${await findFreePort()}`,
    });
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(linesOf(out, "migrations", "role", "proxies", "address")).toEqual([
      expect.stringMatching(
        /^problem {2}migrations: 20261120_0001_initial, .* start Tock or run npm run db:migrate/,
      ),
      expect.stringMatching(/^problem {2}role: .*must lead to the database/),
      expect.stringMatching(
        /^problem {2}proxies: APP_URL is https, .*Set TRUST_PROXY to the number of proxies\.$/,
      ),
      expect.stringMatching(
        /^problem {2}address: https:\/\/127\.0\.0\.1:\d+\/health does not answer \(.*ECONNREFUSED/,
      ),
    ]);
    expect(out).toMatch(/\n4 problems found\.\n$/);
  });

  it("does not name MIGRATION_DATABASE_URL if it is not set and there are no tables", async () => {
    const { out } = await doctor({ DATABASE_URL: empty.url });
    expect(linesOf(out, "role")).toEqual([
      "problem  role: the role of DATABASE_URL finds no tables: start Tock or run npm run db:migrate (tock migrate), which creates them, or correct DATABASE_URL.",
    ]);
  });

  it("finds no problem in separate roles, and leaves the provider's backups to the operator", async () => {
    const { code, out } = await doctor({
      DATABASE_URL: runtimeUrlOf(migrated.url),
      MIGRATION_DATABASE_URL: migrated.url,
      BACKUP_DIR: "/tmp/tock-no-backups",
    });
    expect(linesOf(out, "configuration", "migrations", "role", "backup")).toEqual([
      "ok       configuration: all variables are valid.",
      expect.stringMatching(/^ok {7}migrations: all \d+ are applied\.$/),
      "ok       role: the role of DATABASE_URL only reads and writes rows.",
      expect.stringMatching(
        /^note {5}backup: no archive in \/tmp\/tock-no-backups: make sure that the provider/,
      ),
    ]);
    expect(code).toBe(0);
  });

  it("reports a wrong clock, TRUST_PROXY with a direct origin, and an archive with a date in the future", async () => {
    const BACKUP_DIR = await mkdtemp(join(tmpdir(), "tock-doctor-"));
    const env = {
      ...TEST_SECRETS,
      DATABASE_URL: migrated.url,
      APP_URL: "http://127.0.0.1:7860",
      TRUST_PROXY: "1",
      BACKUP_DIR,
    };
    try {
      await writeFile(join(BACKUP_DIR, "tock-2999-01-01T00-00-00Z.tar.gz"), "");
      // The program steps its own clock back by an hour before it starts.
      const program = ["--import", 'data:text/javascript,process.emit("SIGUSR2")', ...BUILT];
      const { code, out } = await startCommand(["doctor"], { ...env, ...STEPPABLE_CLOCK }, program).ended;
      expect(linesOf(out, "clock", "proxies", "backup")).toEqual([
        expect.stringMatching(
          /^problem {2}clock: this machine is (3599|3600)\.\d s behind the database: synchronize both clocks by NTP\.$/,
        ),
        expect.stringMatching(
          /^problem {2}proxies: APP_URL is Tock's own port 7860, .* Set TRUST_PROXY to 0\.$/,
        ),
        expect.stringMatching(/^problem {2}backup: the newest archive, .*2999.*, has a date in the future: /),
      ]);
      expect(code).toBe(1);
    } finally {
      await rm(BACKUP_DIR, { recursive: true });
    }
  });

  it("checks proxies and address before the first start too, and generates no secrets", async () => {
    const DATA_DIR = await mkdtemp(join(tmpdir(), "tock-doctor-"));
    try {
      const env = { DATA_DIR, APP_URL: `https://127.0.0.1:${await findFreePort()}` };
      const { out } = await runCommand(["doctor"], env);
      expect(linesOf(out, "configuration", "proxies", "address")).toEqual([
        expect.stringMatching(/^note {5}configuration: secrets\.json does not exist yet/),
        expect.stringMatching(/^problem {2}proxies: APP_URL is https, /),
        expect.stringMatching(/^problem {2}address: .* does not answer/),
      ]);
      expect(await readdir(DATA_DIR)).toEqual([]);
    } finally {
      await rm(DATA_DIR, { recursive: true });
    }
  });

  it("reports a mail server and a Redis that cannot be used", async () => {
    const { code, out } = await doctor({
      DATABASE_URL: migrated.url,
      APP_URL: "http://127.0.0.1:1",
      SMTP_URL: "smtp://user:hush@127.0.0.1:1",
      MAIL_FROM: "tock@example.org",
      REDIS_URL: "redis://:hush@127.0.0.1:1",
    });
    expect(code).toBe(1);
    expect(linesOf(out, "redis", "mail")).toEqual([
      expect.stringMatching(
        /^problem {2}redis: 127\.0\.0\.1:1 cannot be used \(.*ECONNREFUSED.*correct REDIS_URL\.$/,
      ),
      expect.stringMatching(
        /^problem {2}mail: 127\.0\.0\.1:1 cannot be used \(.*ECONNREFUSED.*correct SMTP_URL\.$/,
      ),
    ]);
    expect(out).not.toContain("hush");
  });

  it("reports a mail server that can be used", async () => {
    const mail = await startMailServer();
    try {
      const { out } = await doctor({
        DATABASE_URL: migrated.url,
        APP_URL: "http://127.0.0.1:1",
        SMTP_URL: mail.url,
        MAIL_FROM: "tock@example.org",
      });
      expect(linesOf(out, "redis", "mail")).toEqual([
        `ok       mail: ${new URL(mail.url).host} accepts the connection.`,
      ]);
    } finally {
      await mail.close();
    }
  });

  it.skipIf(!hasRedis)(
    "reports a Redis that answers, and one that refuses the password (needs redis-server)",
    async () => {
      const redis = await startRedis();
      try {
        const env = { DATABASE_URL: migrated.url };
        const answers = await doctor({ ...env, REDIS_URL: redis.url });
        expect(linesOf(answers.out, "redis")).toEqual([
          `ok       redis: ${new URL(redis.url).host} answers.`,
        ]);
        const refused = await doctor({ ...env, REDIS_URL: redis.url.replace("//", "//tock:hush@") });
        expect(linesOf(refused.out, "redis")).toEqual([
          expect.stringMatching(/^problem {2}redis: .*WRONGPASS.*correct REDIS_URL\.$/),
        ]);
      } finally {
        await redis.kill();
      }
    },
  );

  it("reports an invalid variable and an unreachable database in one line each", async () => {
    const invalid = await doctor({ DATABASE_URL: migrated.url, TRUST_PROXY: "many" });
    expect(invalid.code).toBe(1);
    expect(linesOf(invalid.out, "configuration", "proxies")).toEqual([
      "problem  configuration: TRUST_PROXY: must be a whole number.",
      "note     proxies: not checked, because the configuration is invalid.",
    ]);
    const unreachable = await doctor({ DATABASE_URL: "postgres://me:hush@127.0.0.1:1/tock" });
    expect(unreachable.code).toBe(1);
    expect(linesOf(unreachable.out, "database")).toEqual([
      expect.stringMatching(
        /^problem {2}database: DATABASE_URL: the database on 127\.0\.0\.1 cannot be used: .*ECONNREFUSED.*correct DATABASE_URL\.$/,
      ),
    ]);
    const otherHost = await doctor({
      DATABASE_URL: "postgres://me:hush@localhost:1/tock",
      MIGRATION_DATABASE_URL: migrated.url,
    });
    expect(linesOf(otherHost.out, "database")).toEqual([
      expect.stringMatching(/^problem {2}database: DATABASE_URL: the database on localhost cannot be used/),
    ]);
  });
});

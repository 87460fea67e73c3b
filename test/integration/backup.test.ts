import { watch } from "node:fs";
import { chmod, mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeOfStep, stepAt } from "#app/services/totp-codes.server.ts";
import { attachOrStartEmbedded } from "#db/embedded/embedded-database.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { runCommand, startCommand } from "../support/command.ts";
import { cleanUp, query } from "../support/embedded-process.ts";
import { startTaskWriter, taskIds } from "../support/task-writer.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { silentLog } from "../support/test-database.ts";
import { type TotpUser, turnOnTotp } from "../support/totp.ts";
import { PASSWORD, request, signUp, type TestUser } from "../support/users.ts";
import { waitUntil } from "../support/wait-until.ts";

/** An address that no seed uses: a person's. */
const EMAIL = "ada@lovelace.uk";

let dataDir: string;
let app: AppServer;
let user: TestUser;
let totp: TotpUser;
/** Tasks that were acknowledged before the backup began. */
let before: number[];
let archive: string;

/** With the embedded database, and secrets that it generates. */
const startOn = (folder: string) =>
  startApp({
    DATABASE_URL: "",
    JWT_SECRET: "",
    SESSION_SECRET: "",
    BETTER_AUTH_SECRET: "",
    DATA_DIR: folder,
  });
const archivesOf = async (folder: string) => (await readdir(join(folder, "backups"))).sort();

beforeAll(async () => {
  dataDir = await temporaryFolder();
  app = await startOn(dataDir);
  user = await signUp(app.url, { email: EMAIL });
  totp = await turnOnTotp(user);
});
afterAll(async () => {
  await app.stop();
  await cleanUp();
});

describe("db:backup of the embedded database", () => {
  it("leaves no archive when it is killed, and the server as it was", async () => {
    await mkdir(join(dataDir, "backups"), { mode: 0o700 });
    const started = watchForArchive(dataDir);
    const { child, ended } = startCommand(["backup"], { DATA_DIR: dataDir });
    await started;
    child.kill("SIGKILL");
    expect((await ended).code).toBeNull();
    const [left] = await archivesOf(dataDir);
    expect(left).toMatch(/^\.tock-.*\.unfinished$/);
    expect(await archivesOf(dataDir)).toEqual([left]);
    const { url } = await attachOrStartEmbedded({ dataDir, log: silentLog });
    await waitUntil(async () => (await query(url, "select from pg_replication_slots")).length === 0);
    const longAgo = new Date(Date.now() - 2 * 86_400_000);
    await utimes(join(dataDir, "backups", left ?? ""), longAgo, longAgo);
  });

  it("writes one archive that only its owner can read, while a client adds tasks", async () => {
    const writer = startTaskWriter(user);
    await waitUntil(() => writer.acknowledged.length > 20);
    before = [...writer.acknowledged];
    // Made while the clock was wrong. The new archive is kept although its date is earlier.
    await writeFile(join(dataDir, "backups", "tock-2999-01-01T00-00-00Z.tar.gz"), "");
    const result = await runCommand(["backup", "--keep", "1"], { DATA_DIR: dataDir });
    await writer.stop();
    expect(result).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Wrote .*PostgreSQL 18, schema/),
      err: "",
    });
    expect(writer.acknowledged.length).toBeGreaterThan(before.length);
    const names = await archivesOf(dataDir);
    // The abandoned file is gone as well.
    expect(names).toEqual([expect.stringMatching(/^tock-20[\dTZ-]+\.tar\.gz$/)]);
    archive = join(dataDir, "backups", names[0] ?? "");
    expect((await stat(archive)).mode & 0o777).toBe(0o600);
    expect(await runCommand(["restore", archive, "--check"], {})).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        / is complete: embedded database of .*, PostgreSQL 18, schema .* files\.\n$/,
      ),
    });
    expect((await runCommand(["restore", dataDir, "--check"], {})).err).toContain(
      "it cannot be read (EISDIR",
    );
  });
});

describe("npm run doctor", () => {
  it("finds no problem with a running Tock that has a backup", async () => {
    const result = await runCommand(["doctor"], { DATA_DIR: dataDir, APP_URL: app.url });
    expect(result).toMatchObject({ code: 0, err: "", out: expect.stringMatching(/No problems found\.\n$/) });
    const lines = result.out.trim().split("\n").slice(0, -1);
    for (const line of lines) expect(line).toMatch(/^ok {7}[a-z]+: .+\.$/);
    const topics = lines.map((line) => /^ok {7}([a-z]+)/.exec(line)?.[1]);
    expect(topics).toEqual("configuration database clock migrations proxies address disk backup".split(" "));

    await chmod(join(dataDir, "secrets.json"), 0o644);
    const { code, out } = await runCommand(["doctor"], { DATA_DIR: dataDir, APP_URL: app.url });
    expect([code, out]).toEqual([
      1,
      expect.stringMatching(/^problem {2}configuration: other accounts could read/m),
    ]);
  });
});

describe("db:restore of the embedded database", () => {
  it("is refused while Tock is running, in one line", async () => {
    expect(await runCommand(["restore", archive, "--yes-really"], { DATA_DIR: dataDir })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^db:restore: Another Tock \(process \d+\) already uses .*stop it.*\n$/),
    });
  });

  it("into a new DATA_DIR keeps sessions, the second factor and every task that was acknowledged", async () => {
    const newDataDir = await temporaryFolder();
    expect(await runCommand(["restore", archive], { DATA_DIR: newDataDir })).toMatchObject({
      code: 0,
      err: "",
    });
    expect((await readdir(newDataDir)).sort()).toEqual(["postgres", "postgres.password", "secrets.json"]);
    const restored = await startOn(newDataDir);
    try {
      const ids = await taskIds(restored.url, user.token);
      expect(before.filter((id) => !ids.has(id))).toEqual([]);
      // The code of one step is accepted once.
      const totp_code = codeOfStep(totp.secret, Math.max(totp.step + 1, stepAt(Date.now())));
      const body = { email: EMAIL, password: PASSWORD, totp_code };
      expect((await request(restored.url, "POST", "/api/auth/signin", { body })).status).toBe(200);
    } finally {
      await restored.stop();
    }
  });

  it("is refused if people have signed up, unless --yes-really is given, which keeps the replaced database", async () => {
    await app.stop();
    expect(await runCommand(["restore", archive], { DATA_DIR: dataDir })).toMatchObject({
      code: 1,
      err: "db:restore: refused, because 1 person has signed up in the database that the archive would replace. To do it anyway, add --yes-really\n",
    });
    const names = async () =>
      (await readdir(dataDir)).map((name) => name.replace(/-[\dTZ-]+$/, "-TIME")).sort();
    const kept = ["backups", "postgres", "postgres.password", "secrets.json"];
    expect(await names()).toEqual(kept);
    const result = await runCommand(["restore", archive, "--yes-really"], { DATA_DIR: dataDir });
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining("The replaced database") });
    expect(await names()).toEqual([...kept, "postgres.replaced-TIME"].sort());
    const [replaced = ""] = (await readdir(dataDir)).filter((name) => name.startsWith("postgres.replaced"));
    expect((await readdir(join(dataDir, replaced))).sort()).toEqual([
      "postgres",
      "postgres.password",
      "secrets.json",
    ]);
  });
});

/** Resolves as soon as an archive is being written. */
function watchForArchive(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(join(folder, "backups"), (_, name) => {
      if (!name?.endsWith(".unfinished")) return;
      watcher.close();
      resolve();
    });
  });
}

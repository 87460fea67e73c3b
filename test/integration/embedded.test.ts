import { readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { type Log, startEmbedded } from "#db/embedded/embedded-database.ts";
import {
  cleanUp,
  eventually,
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
    const crashed = startEmbeddedProcess(dataDir);
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

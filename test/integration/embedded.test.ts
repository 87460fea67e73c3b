import { existsSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import type { Log } from "#db/log.ts";
import { cleanUp, query, startEmbeddedProcess } from "../support/embedded-process.ts";
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
  it("is initialized once with durable settings and a fixed locale, and starts again", async () => {
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

    const second = await startEmbedded({ dataDir, log });
    expect(await count(second.url)).toBe(2);
    await second.stop();
    expect(logged).toEqual([]);
  });

  it("requires its password, and listens on 127.0.0.1 only", async () => {
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
    const interfaces = Object.values(networkInterfaces()).flat();
    for (const address of [
      "::1",
      ...interfaces.filter((one) => !one?.internal).map((one) => one?.address ?? ""),
    ]) {
      expect(await acceptsConnections(address, Number(port)), address).toBe(false);
    }
    await database.stop();
  });

  it("gets a new password if the file is lost, and keeps its rows", async () => {
    const dataDir = await temporaryFolder();
    const first = await startEmbedded({ dataDir, log, throwaway: true });
    await query(first.url, CREATE);
    await first.stop();
    await rm(join(dataDir, "postgres.password"));
    const second = await startEmbedded({ dataDir, log, throwaway: true });
    expect(await count(second.url)).toBe(2);
    await second.stop();
  });

  it("is initialized again after a crash during initdb, which leaves no partial data", async () => {
    const dataDir = await temporaryFolder();
    const crashed = startEmbeddedProcess(dataDir);
    // The first file that initdb writes, more than a second before it has finished.
    const isInitializing = (name: string) =>
      name.startsWith("postgres.new-") && existsSync(join(dataDir, name, "data", "PG_VERSION"));
    await waitUntil(async () => (await readdir(dataDir)).some(isInitializing));
    await crashed.kill();
    expect(await readdir(dataDir)).not.toContain("postgres");
    const database = await startEmbedded({ dataDir, log, throwaway: true });
    await query(database.url, CREATE);
    await database.stop();
    await waitUntil(async () => (await readdir(dataDir)).length === 2);
  });
});

describe("the embedded database on an unsupported platform", () => {
  it.each([
    ["win32", "x64", "There is no embedded PostgreSQL for win32-x64"],
    [process.platform, process.arch === "x64" ? "arm64" : "x64", "is not installed"],
  ])(
    "(%s-%s) fails with one line that advises DATABASE_URL, and writes no file",
    async (platform, arch, reason) => {
      const dataDir = await temporaryFolder();
      const actual = { platform: process.platform, arch: process.arch };
      const setProcess = (values: object) => {
        for (const [key, value] of Object.entries(values)) Object.defineProperty(process, key, { value });
      };
      setProcess({ platform, arch });
      const error = await startEmbedded({ dataDir, log })
        .catch((reason: Error) => reason)
        .finally(() => setProcess(actual));
      expect(error).toMatchObject({
        name: "EmbeddedDatabaseError",
        message: expect.stringContaining(reason),
      });
      expect(String(error)).toMatch(/set DATABASE_URL.*$/);
      expect(await readdir(dataDir)).toEqual([]);
    },
  );
});

function acceptsConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const finish = (isConnected: boolean) => {
      socket.destroy();
      resolve(isConnected);
    };
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
    socket.once("timeout", () => finish(false));
  });
}

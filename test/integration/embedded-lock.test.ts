import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { attachOrStartEmbedded, type Log, startEmbedded } from "#db/embedded/embedded-database.ts";
import {
  cleanUp,
  eventually,
  query,
  startEmbeddedProcess,
  temporaryFolder,
} from "../support/embedded-process.ts";

const log: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

afterEach(cleanUp);

const CREATE = "CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1), (2)";
const count = async (url: string) =>
  (await query<{ count: number }>(url, "SELECT count(*)::int FROM kept"))[0]?.count;

describe("one Tock per folder", () => {
  it("a second start on the same folder refuses and names the first; a command beside it uses its database", async () => {
    const dataDir = await temporaryFolder();
    const first = startEmbeddedProcess(dataDir);
    await eventually(async () => (await readdir(dataDir)).includes("postgres.lock"));
    const attaching = attachOrStartEmbedded({ dataDir, log });
    const { url } = await first.up();
    await query(url, CREATE);
    const refusal = await startEmbeddedProcess(dataDir).failure();
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
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 - 1, started: "long ago", space }));
    const rivals = Array.from({ length: 4 }, () => startEmbeddedProcess(dataDir));
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

/** A lock as this process would write it. */
async function ownLock(dataDir: string): Promise<string> {
  const database = await startEmbedded({ dataDir, log, throwaway: true });
  const text = await readFile(join(dataDir, "postgres.lock"), "utf8");
  await database.stop();
  return text;
}

import { randomUUID } from "node:crypto";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { attachOrStartEmbedded, startEmbedded } from "#db/embedded/embedded-database.ts";
import { cleanUp, isRunning, query, startEmbeddedProcess } from "../support/embedded-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { silentLog as log } from "../support/test-database.ts";
import { waitUntil } from "../support/wait-until.ts";

afterEach(cleanUp);

const CREATE = "CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1), (2)";
const count = async (url: string) =>
  (await query<{ count: number }>(url, "SELECT count(*)::int FROM kept"))[0]?.count;

describe("the lock of DATA_DIR", () => {
  it("rejects a second start and names the first process; attaching uses the running database", async () => {
    const dataDir = await temporaryFolder();
    const first = startEmbeddedProcess(dataDir);
    await waitUntil(async () => (await readdir(dataDir)).includes("postgres.lock"));
    const attaching = attachOrStartEmbedded({ dataDir, log });
    const { url } = await first.started();
    await query(url, CREATE);
    const failure = await startEmbeddedProcess(dataDir).failure();
    expect(failure).toContain(`process ${first.pid}`);
    expect(failure).toContain("DATA_DIR");
    expect(failure).not.toContain("\n");
    const attached = await attaching;
    expect(attached.url).toBe(url);
    await attached.stop();
    expect(await count(url)).toBe(2);
    await first.stop();
  });

  it("lets exactly one of several concurrent starts take over a stale lock", async () => {
    const dataDir = await temporaryFolder();
    const lock = join(dataDir, "postgres.lock");
    const { pidNamespace } = JSON.parse(await ownLock(dataDir));
    for (let round = 0; round < 3; round++) {
      await writeFile(lock, JSON.stringify({ pid: 2 ** 22 - 1, startTime: "long ago", pidNamespace }));
      const starts = Array.from({ length: 8 }, () => startEmbedded({ dataDir, log, throwaway: true }));
      const outcomes = await Promise.allSettled(starts);
      const winners = outcomes.filter((outcome) => outcome.status === "fulfilled");
      expect(winners).toHaveLength(1);
      await winners[0]?.value.stop();
    }
    await writeFile(lock, JSON.stringify({ pid: 2 ** 22 - 1, startTime: "long ago", pidNamespace }));
    const processes = Array.from({ length: 4 }, () => startEmbeddedProcess(dataDir));
    const ends = await Promise.allSettled(processes.map((one) => one.started()));
    expect(ends.filter((end) => end.status === "fulfilled")).toHaveLength(1);
  });

  it("is taken over if the process ids in it and in postmaster.pid belong to other programs now", async () => {
    const dataDir = await temporaryFolder();
    const first = await startEmbedded({ dataDir, log, throwaway: true });
    await query(first.url, CREATE);
    const lock = JSON.parse(await readFile(join(dataDir, "postgres.lock"), "utf8"));
    const pidFile = await readFile(join(first.dataFolder, "postmaster.pid"), "utf8");
    await first.stop();
    await writeFile(join(dataDir, "postgres.lock"), JSON.stringify({ ...lock, startTime: "another time" }));
    await writeFile(join(first.dataFolder, "postmaster.pid"), pidFile.replace(/^\d+/, String(process.ppid)));
    const second = await startEmbedded({ dataDir, log, throwaway: true });
    expect(await count(second.url)).toBe(2);
    await second.stop();
  });

  it("stops the database at once, and leaves all files alone, if another container has taken it over", async () => {
    const dataDir = await temporaryFolder();
    const lock = join(dataDir, "postgres.lock");
    const paused = startEmbeddedProcess(dataDir);
    const { dataFolder } = await paused.started();
    const pidFile = join(dataFolder, "postmaster.pid");
    const postmaster = Number((await readFile(pidFile, "utf8")).split("\n")[0]);
    const lockOfOther = JSON.stringify({ pid: 1, startTime: "now", pidNamespace: "another container" });
    const pidFileOfOther = (await readFile(pidFile, "utf8")).replace(/^\d+/, String(process.pid));
    await writeFile(lock, lockOfOther);
    await writeFile(pidFile, pidFileOfOther);
    await waitUntil(() => !isRunning(postmaster));
    await paused.stop();
    expect(await readFile(lock, "utf8")).toBe(lockOfOther);
    expect(await readFile(pidFile, "utf8")).toBe(pidFileOfOther);
    expect(paused.events.filter(({ level }) => level === "error")).toMatchObject([
      { message: expect.stringContaining("another Tock has taken over DATA_DIR") },
    ]);
  });

  const OF_ANOTHER_CONTAINER = { pid: process.pid, startTime: "then", pidNamespace: "another container" };
  it.each([
    ["another container", async () => OF_ANOTHER_CONTAINER, "on another container"],
    ["a process that sees another boot id", ownLockWithOtherBootId, `process ${process.pid}`],
  ])("of %s counts only with a heartbeat", async (_, holder, message) => {
    const [live, stale] = [await temporaryFolder(), await temporaryFolder()];
    const content = JSON.stringify(await holder());
    for (const dataDir of [live, stale]) await writeFile(join(dataDir, "postgres.lock"), content);
    const touch = () => void utimes(join(live, "postgres.lock"), new Date(), new Date());
    const heartbeat = setInterval(touch, 500);
    const start = (dataDir: string) => startEmbedded({ dataDir, log, throwaway: true });
    const [rejected, taken] = await Promise.allSettled([start(live), start(stale)]);
    clearInterval(heartbeat);
    expect(rejected).toMatchObject({ reason: { message: expect.stringContaining(message) } });
    if (taken.status === "rejected") throw taken.reason;
    await taken.value.stop();
  });
});

async function ownLockWithOtherBootId() {
  const lock = JSON.parse(await ownLock(await temporaryFolder()));
  return { ...lock, startTime: lock.startTime.replace(/^\S+/, randomUUID()) };
}

/** Returns the content of a lock of this process. */
async function ownLock(dataDir: string): Promise<string> {
  const database = await startEmbedded({ dataDir, log, throwaway: true });
  const text = await readFile(join(dataDir, "postgres.lock"), "utf8");
  await database.stop();
  return text;
}

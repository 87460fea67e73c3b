import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startEmbedded } from "#db/embedded/embedded-database.ts";
import { commitRestore, completeRestore } from "#db/embedded/restored-data.ts";

const NAMES = ["postgres.password", "secrets.json"];
const RESTORED = "postgres.restored-2026-11-21T22-00-00-000Z";
const REPLACED = "postgres.replaced-2026-11-21T22-00-00-000Z";
const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

let dataDir: string;
beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), "tock-restored-")));
});
afterEach(() => rm(dataDir, { recursive: true }));

/** Writes a database and its secrets, which all contain the same text. */
async function writeData(folder: string, text: string): Promise<void> {
  await mkdir(join(folder, "postgres"), { recursive: true });
  for (const name of ["postgres/PG_VERSION", ...NAMES]) await writeFile(join(folder, name), text);
}
const readData = (folder: string) =>
  Promise.all(["postgres/PG_VERSION", ...NAMES].map((name) => readFile(join(folder, name), "utf8")));

/** The steps after the commit, in order. A crash may follow each of them. */
const STEPS: [name: string, step: () => Promise<void>][] = [
  ["the commit", async () => undefined],
  [
    "the copy of the replaced secrets",
    async () => {
      await mkdir(join(dataDir, REPLACED));
      await writeFile(join(dataDir, REPLACED, "secrets.json"), "old");
    },
  ],
  ["the new secrets", () => writeFile(join(dataDir, "secrets.json"), "new")],
  ["the removal of their source", () => rm(join(dataDir, RESTORED, "secrets.json"))],
  [
    "the password",
    async () => {
      await writeFile(join(dataDir, REPLACED, "postgres.password"), "old");
      await rename(join(dataDir, RESTORED, "postgres.password"), join(dataDir, "postgres.password"));
    },
  ],
  [
    "the move of the replaced database",
    () => rename(join(dataDir, "postgres"), join(dataDir, REPLACED, "postgres")),
  ],
  [
    "the move of the restored database",
    () => rename(join(dataDir, RESTORED, "postgres"), join(dataDir, "postgres")),
  ],
];

describe("a restored database", () => {
  it("takes the place of the existing one, which is kept", async () => {
    await writeData(dataDir, "old");
    await writeData(join(dataDir, "postgres.new-1"), "new");
    const { replaced = "" } = await commitRestore(dataDir, join(dataDir, "postgres.new-1"));
    expect(await readData(dataDir)).toEqual(["new", "new", "new"]);
    expect(await readData(replaced)).toEqual(["old", "old", "old"]);
    expect(await readdir(dataDir)).toHaveLength(4);
  });

  it("takes its place in a new DATA_DIR, without secrets of its own", async () => {
    await writeData(join(dataDir, "postgres.new-1"), "new");
    await rm(join(dataDir, "postgres.new-1", "secrets.json"));
    expect(await commitRestore(dataDir, join(dataDir, "postgres.new-1"))).toEqual({ replaced: undefined });
    expect((await readdir(dataDir)).sort()).toEqual(["postgres", "postgres.password"]);
  });

  it.each(STEPS.map(([name], index) => [name, index] as const))(
    "takes its place completely after a crash that follows %s",
    async (_, last) => {
      await writeData(dataDir, "old");
      await writeData(join(dataDir, RESTORED), "new");
      for (const [, step] of STEPS.slice(0, last + 1)) await step();
      expect(await completeRestore(dataDir)).toEqual({ replaced: join(dataDir, REPLACED) });
      expect(await readData(dataDir)).toEqual(["new", "new", "new"]);
      expect(await readData(join(dataDir, REPLACED))).toEqual(["old", "old", "old"]);
      expect(existsSync(join(dataDir, RESTORED))).toBe(false);
      expect(await completeRestore(dataDir)).toBeUndefined();
    },
  );

  it("is completed by the next start, which then asks for another one with the restored secrets", async () => {
    await writeData(dataDir, "old");
    await writeData(join(dataDir, RESTORED), "new");
    await expect(startEmbedded({ dataDir, log: silentLog })).rejects.toThrow(
      /interrupted restore .* completed: start Tock again/,
    );
    expect(await readData(dataDir)).toEqual(["new", "new", "new"]);
  });
});

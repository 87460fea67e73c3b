import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { restoreCommand } from "#app/cli/restore.ts";
import { parseCliEnv } from "#app/env.server.ts";
import { type ArchiveEntry, fileEntry, folderEntry, textEntry } from "#db/backup/archive-entries.ts";
import { extractArchive, verifyArchive } from "#db/backup/read-archive.ts";
import { writeArchive } from "#db/backup/write-archive.ts";

const INFO = { kind: "cluster" as const, postgres: 18, migrations: ["20261120_0001_initial"] };
const { signal } = new AbortController();

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tock-archive-"));
  file = join(folder, "archive.tar.gz");
});
afterEach(() => rm(folder, { recursive: true }));

async function* entries(): AsyncGenerator<ArchiveEntry> {
  yield folderEntry("postgres");
  yield folderEntry("postgres/pg_wal");
  yield textEntry("postgres/PG_VERSION", "18\n");
  yield textEntry("secrets.json", "a secret");
  yield textEntry("empty", "");
}

/** Changes the tar file inside of the archive. */
async function alter(change: (tar: string) => string): Promise<void> {
  const tar = gunzipSync(await readFile(file)).toString("latin1");
  await writeFile(file, gzipSync(Buffer.from(change(tar), "latin1")));
}

describe("an archive", () => {
  it("contains files and empty folders, which only their owner can read", async () => {
    await writeArchive(file, INFO, entries(), signal);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["archive.tar.gz"]);
    const manifest = await verifyArchive(file);
    expect(manifest).toMatchObject({ ...INFO, platform: `${process.platform}-${process.arch}` });
    expect(Object.keys(manifest.files)).toEqual(["postgres/PG_VERSION", "secrets.json", "empty"]);
    const target = await mkdtemp(join(folder, "target-"));
    await chmod(target, 0o700);
    await extractArchive(file, target);
    expect(await readFile(join(target, "postgres/PG_VERSION"), "utf8")).toBe("18\n");
    expect(await readdir(join(target, "postgres/pg_wal"))).toEqual([]);
    expect((await stat(join(target, "secrets.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(target, "postgres"))).mode & 0o777).toBe(0o700);
  });

  it("contains a file that changes while it is read in the size that it had", async () => {
    const [grown, cut] = [join(folder, "grown"), join(folder, "cut")];
    for (const path of [grown, cut]) await writeFile(path, "0123456789");
    await writeArchive(
      file,
      INFO,
      (async function* () {
        for (const name of ["grown", "cut"]) {
          const entry = await fileEntry(name, join(folder, name));
          await writeFile(join(folder, name), name === "cut" ? "01234" : "0123456789abc");
          if (entry) yield entry;
        }
      })(),
      signal,
    );
    await verifyArchive(file);
    const target = await mkdtemp(join(folder, "target-"));
    await extractArchive(file, target);
    expect(await readFile(join(target, "grown"), "utf8")).toBe("0123456789");
    expect(await readFile(join(target, "cut"), "utf8")).toBe("01234\0\0\0\0\0");
    expect(await fileEntry("gone", join(folder, "gone"))).toBeUndefined();
  });

  it("is not left incomplete by an error or a stop", async () => {
    async function* failing(): AsyncGenerator<ArchiveEntry> {
      yield* entries();
      throw new Error("the source failed");
    }
    await expect(writeArchive(file, INFO, failing(), signal)).rejects.toThrow("the source failed");
    const stopped = AbortSignal.abort(new Error("stopped"));
    await expect(writeArchive(file, INFO, entries(), stopped)).rejects.toThrow();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    [
      "a changed file",
      (tar: string) => tar.replace("a secret", "b secret"),
      /secrets\.json has another checksum/,
    ],
    ["a renamed file", (tar: string) => tar.replace('"secrets.json"', '"secrets.jsom"'), /secrets\.jso[nm] /],
    ["no manifest", (tar: string) => tar.slice(0, tar.indexOf("manifest.json")), /its manifest is missing/],
    [
      "a manifest of a later format",
      (tar: string) => tar.replace('"format": 1', '"format": 2'),
      /newer release/,
    ],
  ])("with %s is rejected", async (_, change, message) => {
    await writeArchive(file, INFO, entries(), signal);
    await alter(change);
    await expect(verifyArchive(file)).rejects.toThrow(message);
  });

  it("that is cut off or damaged is rejected", async () => {
    await writeArchive(file, INFO, entries(), signal);
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, bytes.length - 20));
    await expect(verifyArchive(file)).rejects.toThrow(/incomplete|damaged/);
    const middle = bytes.length >> 1;
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
    await writeFile(file, bytes);
    await expect(verifyArchive(file)).rejects.toThrow(/incomplete|damaged/);
    await expect(verifyArchive(join(folder, "none"))).rejects.toThrow("there is no such file");
  });
});

describe("db:restore into the embedded database", () => {
  it.each([
    [
      "another PostgreSQL version",
      { postgres: 17 },
      /it comes from PostgreSQL 17, and the embedded PostgreSQL has version 18/,
    ],
    ["a newer schema", { migrations: ["20991231_0001_future"] }, /its schema is newer.*20991231_0001_future/],
    ["a dump", { kind: "dump" as const }, /set DATABASE_URL/],
  ])("refuses an archive of %s in one line, and writes no file", async (_, change, message) => {
    await writeArchive(file, { ...INFO, ...change }, entries(), signal);
    const env = parseCliEnv({ DATA_DIR: join(folder, "data") });
    const error: Error = await restoreCommand({ file, allowLoss: true, checkOnly: false }, env, signal).then(
      () => new Error("it succeeded"),
      (thrown) => thrown,
    );
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
    expect(await readdir(folder)).toEqual(["archive.tar.gz"]);
  });

  it("refuses an archive of another platform", async () => {
    await writeArchive(file, INFO, entries(), signal);
    await alter((tar) =>
      tar.replace(
        `"${process.platform}-${process.arch}"`,
        `"${"x".repeat(`${process.platform}-${process.arch}`.length)}"`,
      ),
    );
    const env = parseCliEnv({ DATA_DIR: join(folder, "data") });
    await expect(restoreCommand({ file, allowLoss: true, checkOnly: false }, env, signal)).rejects.toThrow(
      /its files do not fit/,
    );
  });
});

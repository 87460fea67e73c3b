import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import { Header } from "tar";
import { syncToDisk } from "../embedded/cluster.ts";
import { type ArchiveEntry, textEntry } from "./archive-entries.ts";
import { type BackupInfo, formatManifest, MANIFEST } from "./manifest.ts";

const BLOCK_BYTES = 512;

/** The name of an archive that is being written, beside the finished one. */
export const unfinishedPath = (file: string): string => join(dirname(file), `.${basename(file)}.unfinished`);

/**
 * Writes an archive: a gzipped tar file that only its owner can read, with a manifest at its end. It has its name only
 * when it is complete and on the disk, so a crash leaves no archive that looks complete.
 * @param signal ends the work: nothing is left
 * @throws the error of `entries` or of the file system; Error with code EEXIST if another process writes the same archive
 */
export async function writeArchive(
  file: string,
  info: BackupInfo,
  entries: AsyncIterable<ArchiveEntry>,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = unfinishedPath(file);
  const output = createWriteStream(unfinished, { flags: "wx", mode: 0o600, flush: true });
  // Twice as fast as the default level, for files that are 5% larger.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  try {
    await pipeline(() => tarBytes(info, entries), gzip, output, { signal });
    await rename(unfinished, file);
    await syncToDisk(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") await rm(unfinished, { force: true });
    throw error;
  }
}

async function* tarBytes(info: BackupInfo, entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Uint8Array> {
  const checksums = new Map<string, string>();
  for await (const entry of entries) {
    const hash = createHash("sha256");
    for await (const bytes of entryBytes(entry, hash.update.bind(hash))) yield bytes;
    if (entry.file) checksums.set(entry.name, hash.digest("hex"));
  }
  yield* entryBytes(textEntry(MANIFEST, formatManifest(info, checksums)), () => undefined);
  // Two empty blocks end a tar file.
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

async function* entryBytes(
  { name, file }: ArchiveEntry,
  onContent: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const size = file?.size ?? 0;
  const header = file
    ? new Header({ path: name, type: "File", mode: 0o600, size, mtime: new Date() })
    : new Header({ path: `${name}/`, type: "Directory", mode: 0o700, size, mtime: new Date() });
  const block = Buffer.alloc(BLOCK_BYTES);
  header.encode(block);
  yield block;
  for await (const bytes of file?.content ?? []) {
    onContent(bytes);
    yield bytes;
  }
  yield Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}

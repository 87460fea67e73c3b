import { createHash } from "node:crypto";
import { extract, list, type ReadEntry } from "tar";
import { ArchiveError, MANIFEST, type Manifest, parseManifest } from "./manifest.ts";

/** The manifest of a large cluster has 100 bytes for each of its files. */
const MANIFEST_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads all of an archive, and compares every file with its checksum. Writes nothing.
 * @throws ArchiveError with one line if the archive cannot be read, or is incomplete or damaged
 */
export async function verifyArchive(file: string): Promise<Manifest> {
  const checksums = new Map<string, string>();
  const manifestChunks: Buffer[] = [];
  const onReadEntry = (entry: ReadEntry) => {
    const hash = createHash("sha256");
    const isManifest = entry.path === MANIFEST && entry.size <= MANIFEST_MAX_BYTES;
    entry.on("data", (bytes: Buffer) => {
      if (isManifest) manifestChunks.push(bytes);
      else hash.update(bytes);
    });
    entry.on("end", () => {
      if (entry.type === "File" && !isManifest) checksums.set(entry.path, hash.digest("hex"));
    });
  };
  await list({ file, onReadEntry, strict: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") throw new ArchiveError("there is no such file", { cause });
    const problem = cause.syscall ? "it cannot be read" : "it is incomplete or damaged";
    throw new ArchiveError(`${problem} (${cause.message})`, { cause });
  });
  if (manifestChunks.length === 0)
    throw new ArchiveError("it is incomplete, or no backup of Tock: its manifest is missing");
  const manifest = parseManifest(Buffer.concat(manifestChunks).toString("utf8"));
  assertChecksums(manifest, checksums);
  return manifest;
}

function assertChecksums(manifest: Manifest, checksums: Map<string, string>): void {
  const names = new Set([...Object.keys(manifest.files), ...checksums.keys()]);
  for (const name of names) {
    const [expected, actual] = [manifest.files[name], checksums.get(name)];
    if (expected === actual) continue;
    const problem =
      actual === undefined
        ? "is missing"
        : expected === undefined
          ? "does not belong to it"
          : "has another checksum";
    throw new ArchiveError(`it is damaged: ${name} ${problem}`);
  }
}

/**
 * Writes the files of a verified archive into an empty folder.
 * @throws Error of the file system
 */
export async function extractArchive(file: string, folder: string): Promise<void> {
  // As root tar would keep the owner that the archive names, which is none.
  await extract({ file, cwd: folder, strict: true, preserveOwner: false });
}

import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** A folder, or a file with exactly `size` bytes. */
export interface ArchiveEntry {
  name: string;
  /** Absent for a folder. */
  file?: { size: number; content: AsyncIterable<Uint8Array> };
}

const CHUNK_BYTES = 256 * 1024;

/** Describes a folder. */
export const folderEntry = (name: string): ArchiveEntry => ({ name });

/** Describes a file with the given content. */
export function textEntry(name: string, text: string | Uint8Array): ArchiveEntry {
  const bytes = Buffer.from(text);
  return {
    name,
    file: {
      size: bytes.length,
      content: (async function* () {
        yield bytes;
      })(),
    },
  };
}

/**
 * Opens a file that may change or disappear meanwhile, as those of a running database do. The entry has the size that the
 * file has now: what is added later is left out, and what is cut off later is zeros, which PostgreSQL repairs from its
 * write-ahead log.
 * @returns undefined if there is no such file
 */
export async function fileEntry(name: string, path: string): Promise<ArchiveEntry | undefined> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    },
  );
  if (!handle) return undefined;
  const { size } = await handle.stat();
  return { name, file: { size, content: readExactly(handle, size) } };
}

async function* readExactly(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  try {
    for (let position = 0; position < size; ) {
      const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, size - position));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      // At the end of a file that became shorter, the rest of the buffer is zeros.
      const bytes = bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
      position += bytes.length;
      yield bytes;
    }
  } finally {
    await handle.close();
  }
}

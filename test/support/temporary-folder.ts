import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];

/**
 * Creates a folder for an embedded database. Started by root, PostgreSQL runs under another account, which must be able to
 * enter the folder. The caller removes it, or `cleanUp` of embedded-process.ts.
 */
export async function temporaryFolder(mode = 0o711): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tock-embedded-"));
  await chmod(folder, mode);
  folders.push(folder);
  return folder;
}

/** Returns the folders that were created since the last call. */
export const takeTemporaryFolders = (): string[] => folders.splice(0);

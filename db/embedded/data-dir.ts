import { access, chmod, constants, mkdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { EmbeddedDatabaseError } from "./errors.ts";

/** The file with the password of the embedded database. */
export const passwordFileOf = (dataDir: string): string => join(dataDir, "postgres.password");

/**
 * Creates DATA_DIR if it is missing.
 * @returns its real path
 * @throws EmbeddedDatabaseError if this account may not write to it
 */
export async function openDataDir(path: string): Promise<string> {
  const folder = resolve(path);
  const isRoot = process.getuid?.() === 0;
  // The account of root's database must be able to pass through, but not to list the files.
  if (await mkdir(folder, { recursive: true, mode: 0o700 })) await chmod(folder, isRoot ? 0o711 : 0o700);
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `This account may not write to DATA_DIR ${folder}: start Tock as the user that created it, or choose another DATA_DIR`,
      { cause },
    );
  }
  return realpath(folder);
}

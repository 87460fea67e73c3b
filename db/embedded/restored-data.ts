import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncToDisk } from "./cluster.ts";
import { passwordFileOf } from "./data-dir.ts";
import { currentDataFolder } from "./data-folder.ts";

/*
 * Three names change together when a restored database takes its place. The folder of restored files gets its final name
 * when they are complete. From then on they count: a crash leaves that folder, and the next start moves the rest.
 */
const RESTORED_PREFIX = "postgres.restored-";
const REPLACED_PREFIX = "postgres.replaced-";

export interface CompletedRestore {
  /** The folder with what was replaced; undefined if there was nothing. */
  replaced: string | undefined;
}

/**
 * Puts restored files in the place of those of a DATA_DIR, which are kept beside them.
 * @param dataDir its real path
 * @param folder with `postgres`, which is on the disk, `postgres.password` and perhaps `secrets.json`, beside the data folder
 */
export async function commitRestore(dataDir: string, folder: string): Promise<CompletedRestore> {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const parent = dirname(folder);
  for (const file of filesOf(folder).filter(existsSync)) await syncToDisk(file);
  await syncToDisk(folder);
  await rename(folder, join(parent, RESTORED_PREFIX + stamp));
  await syncToDisk(parent);
  return (await completeRestore(dataDir)) ?? { replaced: undefined };
}

/**
 * Completes a restore that was interrupted after its commit. The caller holds the lock of DATA_DIR.
 * @param dataDir its real path
 * @returns undefined if there was none
 */
export async function completeRestore(dataDir: string): Promise<CompletedRestore | undefined> {
  const dataFolder = await currentDataFolder(dataDir);
  const parent = dirname(dataFolder);
  if (!existsSync(parent)) return undefined;
  const name = (await readdir(parent)).find((entry) => entry.startsWith(RESTORED_PREFIX));
  if (!name) return undefined;
  const restored = join(parent, name);
  const replaced = join(parent, REPLACED_PREFIX + name.slice(RESTORED_PREFIX.length));
  for (const file of filesOf(dataDir)) await replaceFile(join(restored, basename(file)), file, replaced);
  await replaceFolder(join(restored, "postgres"), dataFolder, replaced);
  for (const folder of [dataDir, parent]) await syncToDisk(folder);
  await rm(restored, { recursive: true });
  return { replaced: existsSync(replaced) ? replaced : undefined };
}

/** The files that belong to a data folder. */
const filesOf = (folder: string): string[] => [join(folder, "secrets.json"), passwordFileOf(folder)];

/** Copies, because DATA_DIR may be on another file system than the data folder. */
async function replaceFile(source: string, target: string, replaced: string): Promise<void> {
  if (!existsSync(source)) return;
  if (existsSync(target)) {
    const kept = join(replaced, basename(target));
    await mkdir(replaced, { recursive: true, mode: 0o700 });
    if (!existsSync(kept)) await copyDurably(target, kept);
  }
  await copyDurably(source, target);
  await rm(source);
}

async function replaceFolder(source: string, target: string, replaced: string): Promise<void> {
  if (!existsSync(source)) return;
  if (existsSync(target)) {
    await mkdir(replaced, { recursive: true, mode: 0o700 });
    await rename(target, join(replaced, basename(source)));
  }
  await rename(source, target);
}

async function copyDurably(source: string, target: string): Promise<void> {
  const draft = `${target}.new`;
  await copyFile(source, draft);
  const handle = await open(draft, "r+");
  await handle.chmod(0o600);
  // Root restores for the account that owns the folder and starts Tock.
  const { uid, gid } = await stat(dirname(target));
  if (process.getuid?.() === 0) await handle.chown(uid, gid);
  await handle.sync().finally(() => handle.close());
  await rename(draft, target);
}

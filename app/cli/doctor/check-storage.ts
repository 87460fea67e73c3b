import { existsSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { CliEnv } from "../../env.server.ts";
import { archivesIn, backupFolder } from "../archives.ts";
import { type Finding, note, ok, problem } from "./finding.ts";

const MIN_FREE_BYTES = 1024 ** 3;
/** Longer than a week, for weekly backups. */
const MAX_AGE_DAYS = 8;
const DAY_MS = 86_400_000;
/** The clock of the machine that made the archive may be ahead by as much. */
const CLOCK_TOLERANCE_DAYS = 60_000 / DAY_MS;

/** Checks the free space for the folders that Tock writes to, once for each file system. */
export async function checkDiskSpace(env: CliEnv): Promise<Finding[]> {
  const folders = [...(env.DATABASE_URL ? [] : [resolve(env.DATA_DIR)]), backupFolder(env)].map(
    firstExisting,
  );
  const places = await Promise.all(
    folders.map(async (folder) => [(await stat(folder)).dev, folder] as const),
  );
  return Promise.all([...new Map(places.reverse()).values()].map(checkFolder));
}

const firstExisting = (folder: string): string =>
  existsSync(folder) ? folder : firstExisting(dirname(folder));

async function checkFolder(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const gibibytes = ((bavail * bsize) / 1024 ** 3).toFixed(1);
  const text = `${gibibytes} GiB free for ${folder}`;
  if (bavail * bsize >= MIN_FREE_BYTES) return ok("disk", text);
  return problem("disk", `only ${text}: free at least 1 GiB, because PostgreSQL stops without space`);
}

/** Checks the age of the newest archive in the folder of the archives. */
export async function checkBackups(env: CliEnv): Promise<Finding> {
  const folder = backupFolder(env);
  const newest = (await archivesIn(folder)).at(-1);
  const command = "npm run db:backup (tock backup)";
  if (!newest) {
    const text = `no archive in ${folder}`;
    if (env.DATABASE_URL)
      return note("backup", `${text}: make sure that the provider keeps backups, or schedule ${command}`);
    return problem("backup", `${text}: schedule ${command}`);
  }
  const days = (Date.now() - newest.createdAtMs) / DAY_MS;
  if (days < -CLOCK_TOLERANCE_DAYS)
    return problem(
      "backup",
      `the newest archive, ${newest.file}, has a date in the future: correct the clock, and delete or rename this archive`,
    );
  const text = `the newest archive, ${newest.file}, is ${days.toFixed(1)} days old`;
  return days <= MAX_AGE_DAYS ? ok("backup", text) : problem("backup", `${text}: schedule ${command}`);
}

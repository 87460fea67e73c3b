import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "#db/embedded/free-port.ts";
import { queryRows } from "./sql.ts";
import { waitUntil } from "./wait-until.ts";

/** The major version of the installed pg_dump; undefined without one. */
export function clientMajor(): number | undefined {
  try {
    return Number(/ (\d+)/.exec(execFileSync("pg_dump", ["--version"], { encoding: "utf8" }))?.[1]);
  } catch {
    return undefined;
  }
}

const DEBIAN = "/usr/lib/postgresql";

/** The programs of the newest installed server that pg_dump can read: Debian's packages, or any that PATH contains. */
function serverPrograms(): string | undefined {
  const major = clientMajor();
  if (major === undefined) return undefined;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map(Number) : [];
  const fitting = versions.filter((version) => version >= 15 && version <= major).sort((a, b) => b - a);
  const folders = fitting.map((version) => join(DEBIAN, String(version), "bin"));
  return folders.find((folder) => existsSync(join(folder, "initdb")));
}

/** Whether this machine has a PostgreSQL server of its own that its pg_dump can read. */
export const hasSystemPostgres = (): boolean => serverPrograms() !== undefined;

/** PostgreSQL refuses to run as root. Debian's package creates this account. */
function serverAccount(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

export interface SystemPostgres {
  /** The URL of a superuser. */
  url: string;
  stop(): Promise<void>;
}

/** Starts the PostgreSQL of this machine on a free port, in a temporary folder. */
export async function startSystemPostgres(): Promise<SystemPostgres> {
  const programs = serverPrograms() ?? "";
  const account = serverAccount();
  const folder = await mkdtemp(join(tmpdir(), "tock-server-"));
  await chmod(folder, 0o700);
  if (account) await chown(folder, account.uid, account.gid);
  const data = join(folder, "data");
  const options = { cwd: "/", env: { PATH: process.env.PATH, LC_ALL: "C" } as never, ...account };
  execFileSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "tock", "-A", "trust", "-E", "UTF8", "--no-sync"],
    {
      ...options,
      stdio: "pipe",
    },
  );
  const port = await findFreePort();
  const settings = [
    "-c",
    "fsync=off",
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    `unix_socket_directories=${folder}`,
  ];
  const server = spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), ...settings], {
    ...options,
    stdio: "ignore",
  });
  const url = `postgres://tock:hush@127.0.0.1:${port}/postgres`;
  await waitUntil(() =>
    queryRows(url, "select 1").then(
      () => true,
      () => false,
    ),
  );
  return {
    url,
    stop: async () => {
      server.kill("SIGQUIT");
      await once(server, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** A connection beside the application's, for looking on. Its loss is no event. */
export async function connectObserver(url: string, patienceMs = 2_000): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "onlooker",
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** How many connections the application holds. */
export async function countBackends(client: pg.Client, where = "true"): Promise<number> {
  const { rows } = await client.query(
    `select count(*)::int from pg_stat_activity
     where application_name = 'tock' and datname = current_database() and ${where}`,
  );
  return rows[0].count;
}

/** Waits until the server takes connections and answers. @returns when, in ms since 1970 */
export async function waitUntilReady(url: string, patienceMs = 30_000): Promise<number> {
  for (const end = Date.now() + patienceMs; ; await sleep(10)) {
    try {
      const client = await connectObserver(url, 1_000);
      await client.query("select 1").finally(() => client.end());
      return Date.now();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

async function postmasterOf(dataFolder: string): Promise<number> {
  const text = await readFile(join(dataFolder, "postmaster.pid"), "utf8");
  return Number(text.split("\n")[0]);
}

function childrenOf(parent: number): number[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).split("\n");
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid]) => pid ?? 0);
}

function send(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone in between.
    }
  }
}

/** kill -9 of the postmaster, and of every process that it started if `all`. */
export async function killServer(dataFolder: string, { all }: { all: boolean }): Promise<void> {
  const postmaster = await postmasterOf(dataFolder);
  const children = all ? childrenOf(postmaster) : [];
  send([postmaster, ...children], "SIGKILL");
}

/** Stops every process of a server where it stands. @returns what lets them go on, which may be called twice */
export async function freezeServer(dataFolder: string): Promise<() => void> {
  const postmaster = await postmasterOf(dataFolder);
  send([postmaster], "SIGSTOP");
  const children = childrenOf(postmaster);
  send(children, "SIGSTOP");
  return () => send([...children, postmaster], "SIGCONT");
}

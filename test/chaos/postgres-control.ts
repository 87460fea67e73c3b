import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";

/** Opens a connection besides the server's own, for monitoring. Ignores its loss. */
export async function connectObserver(url: string, timeoutMs = 2_000): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "observer",
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
  });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Counts the connections of the server. */
export async function countBackends(client: pg.Client, where = "true"): Promise<number> {
  const { rows } = await client.query(
    `select count(*)::int from pg_stat_activity
     where application_name = 'tock' and datname = current_database() and ${where}`,
  );
  return rows[0].count;
}

/** Waits until PostgreSQL accepts a connection and a query. @returns the time in ms since 1970 */
export async function waitUntilReady(url: string, timeoutMs = 30_000): Promise<number> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(10)) {
    try {
      const client = await connectObserver(url, 1_000);
      await client.query("select 1").finally(() => client.end());
      return Date.now();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

async function readPostmasterPid(dataFolder: string): Promise<number> {
  const text = await readFile(join(dataFolder, "postmaster.pid"), "utf8");
  return Number(text.split("\n")[0]);
}

function childPids(parent: number): number[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).split("\n");
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid]) => pid ?? 0);
}

function signalAll(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // The process has ended.
    }
  }
}

/** Sends SIGKILL to the postmaster; with `all` to its child processes too. */
export async function killServer(dataFolder: string, { all }: { all: boolean }): Promise<void> {
  const postmaster = await readPostmasterPid(dataFolder);
  const children = all ? childPids(postmaster) : [];
  signalAll([postmaster, ...children], "SIGKILL");
}

/** Sends SIGSTOP to every process of a server. @returns a function that resumes them; it may be called twice */
export async function freezeServer(dataFolder: string): Promise<() => void> {
  const postmaster = await readPostmasterPid(dataFolder);
  signalAll([postmaster], "SIGSTOP");
  const children = childPids(postmaster);
  signalAll(children, "SIGSTOP");
  return () => signalAll([...children, postmaster], "SIGCONT");
}

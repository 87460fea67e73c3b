import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, realpath, rm, rmdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { findServerProcesses } from "#db/embedded/server-processes.ts";
import { takeTemporaryFolders } from "./temporary-folder.ts";
import { WAIT_MS, waitUntil } from "./wait-until.ts";

export interface ProcessEvent {
  url?: string;
  dataFolder?: string;
  error?: string;
  name?: string;
  milliseconds?: number;
  level?: string;
  message?: string;
}

export interface EmbeddedProcess {
  pid: number;
  events: ProcessEvent[];
  /** Waits until the database is up. @throws Error if the process ends instead */
  started(): Promise<Required<Pick<ProcessEvent, "url" | "dataFolder">>>;
  /** Waits until the process fails. @returns its error message */
  failure(): Promise<string>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface StartOptions {
  mode?: "start" | "attach";
  uid?: number;
  script?: string;
  durable?: boolean;
  /** A program with its arguments that starts the process. */
  launcher?: string[];
}

const MAIN = fileURLToPath(new URL("./embedded-process-main.ts", import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const HOMES = "/var/lib/tock";
const processes: ChildProcess[] = [];

export function startEmbeddedProcess(dataDir: string, options: StartOptions = {}): EmbeddedProcess {
  const { mode = "start", uid, script = MAIN, durable = false, launcher = [] } = options;
  const node = [process.execPath, "--import", TSX, script, dataDir, mode, ...(durable ? [] : ["throwaway"])];
  const [program = "", ...args] = [...launcher, ...node];
  const account = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], ...account });
  processes.push(child);
  const events: ProcessEvent[] = [];
  createInterface({ input: child.stdout }).on("line", (line) =>
    events.push(JSON.parse(line) as ProcessEvent),
  );
  const ended = once(child, "close");
  const waitFor = async <Key extends keyof ProcessEvent>(key: Key) => {
    while (!events.some((event) => event[key] !== undefined || event.error !== undefined)) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      await Promise.race([ended, sleep(10)]);
    }
    return events.find((event) => event[key] !== undefined);
  };
  return {
    pid: child.pid ?? 0,
    events,
    started: async () => {
      const event = await waitFor("url");
      if (!event?.url || !event.dataFolder) throw new Error(`Did not start: ${JSON.stringify(events)}`);
      return { url: event.url, dataFolder: event.dataFolder };
    },
    failure: async () => {
      const event = await waitFor("error");
      await ended;
      return event?.error ?? `It did not fail: ${JSON.stringify(events)}`;
    },
    stop: async () => {
      child.stdin.write("stop\n");
      await ended;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

export async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: WAIT_MS });
  client.on("error", () => undefined);
  await client.connect();
  return client
    .query<Row>(sql)
    .then((result) => result.rows)
    .finally(() => client.end());
}

export async function postmasterOf(dataFolder: string): Promise<number | undefined> {
  const text = await readFile(join(dataFolder, "postmaster.pid"), "utf8").catch(() => "");
  return Number(text.split("\n")[0]) || undefined;
}

/** Zombies count as ended: in some containers the first process collects orphans late or never. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.includes("Z");
}

/** Stops the processes of a test, and removes its folders, including those under /var/lib/tock. */
export async function cleanUp(): Promise<void> {
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "close");
  }
  for (const folder of takeTemporaryFolders()) {
    const homes = await homesOf(await realpath(folder));
    for (const parent of [folder, ...homes]) {
      await stopDatabase(join(parent, "postgres"));
      await rm(parent, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  await rmdir(HOMES).catch(() => undefined);
}

async function homesOf(dataDir: string): Promise<string[]> {
  const homes = (await readdir(HOMES).catch(() => [])).map((name) => join(HOMES, name));
  const dataDirs = await Promise.all(
    homes.map((home) => readFile(join(home, "data-dir"), "utf8").catch(() => "")),
  );
  return homes.filter((_, index) => dataDirs[index]?.trim() === dataDir);
}

async function stopDatabase(dataFolder: string): Promise<void> {
  const postmaster = await postmasterOf(dataFolder);
  // The file may come from another PID namespace, where the id belongs to another process.
  if (!postmaster || !(await findServerProcesses(dataFolder)).includes(postmaster)) return;
  process.kill(postmaster, "SIGINT");
  await waitUntil(() => !isRunning(postmaster));
}

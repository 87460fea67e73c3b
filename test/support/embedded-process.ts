import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, realpath, rm, rmdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";

export interface ProcessEvent {
  url?: string;
  dataFolder?: string;
  failed?: string;
  name?: string;
  milliseconds?: number;
  level?: string;
  message?: string;
}

export interface EmbeddedProcess {
  pid: number;
  said: ProcessEvent[];
  /** Its url, once it is up. */
  up(): Promise<Required<Pick<ProcessEvent, "url" | "dataFolder">>>;
  /** Its one line, once it gave up. */
  failure(): Promise<string>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface StartOptions {
  how?: "start" | "attach";
  uid?: number;
  script?: string;
  durable?: boolean;
}

const APP = fileURLToPath(new URL("./embedded-process-main.ts", import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const HOMES = "/var/lib/tock";
const processes: ChildProcess[] = [];
const folders: string[] = [];

export async function temporaryFolder(mode = 0o711): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tock-embedded-"));
  await chmod(folder, mode);
  folders.push(folder);
  return folder;
}

export function startEmbeddedProcess(dataDir: string, options: StartOptions = {}): EmbeddedProcess {
  const { how = "start", uid, script = APP, durable = false } = options;
  const args = ["--import", TSX, script, dataDir, how, ...(durable ? [] : ["throwaway"])];
  const account = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"], ...account });
  processes.push(child);
  const said: ProcessEvent[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(JSON.parse(line) as ProcessEvent));
  const ended = once(child, "close");
  const hear = async <Key extends keyof ProcessEvent>(key: Key) => {
    while (!said.some((event) => event[key] !== undefined || event.failed !== undefined)) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      await Promise.race([ended, sleep(10)]);
    }
    return said.find((event) => event[key] !== undefined);
  };
  return {
    pid: child.pid ?? 0,
    said,
    up: async () => {
      const event = await hear("url");
      if (!event?.url || !event.dataFolder) throw new Error(`Did not start: ${JSON.stringify(said)}`);
      return { url: event.url, dataFolder: event.dataFolder };
    },
    failure: async () => {
      const event = await hear("failed");
      await ended;
      return event?.failed ?? `It did not fail: ${JSON.stringify(said)}`;
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
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
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

/** A zombie does not run: containers have first processes that are slow to collect orphans, or never do. */
export function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.includes("Z");
}

export async function eventually(
  condition: () => boolean | Promise<boolean>,
  milliseconds = 5_000,
): Promise<void> {
  for (const end = Date.now() + milliseconds; !(await condition()); await sleep(20)) {
    if (Date.now() > end) throw new Error(`Not within ${milliseconds} ms: ${condition}`);
  }
}

/** Ends what a test left running, and removes its folders, those under /var/lib/tock included. */
export async function cleanUp(): Promise<void> {
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "close");
  }
  for (const folder of folders.splice(0)) {
    const homes = await homesOf(await realpath(folder));
    for (const place of [folder, ...homes]) {
      await endDatabase(join(place, "postgres"));
      await rm(place, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  await rmdir(HOMES).catch(() => undefined);
}

async function homesOf(dataDir: string): Promise<string[]> {
  const homes = (await readdir(HOMES).catch(() => [])).map((name) => join(HOMES, name));
  const owners = await Promise.all(
    homes.map((home) => readFile(join(home, "data-dir"), "utf8").catch(() => "")),
  );
  return homes.filter((_, index) => owners[index]?.trim() === dataDir);
}

async function endDatabase(dataFolder: string): Promise<void> {
  const postmaster = await postmasterOf(dataFolder);
  if (!postmaster || !isRunning(postmaster)) return;
  process.kill(postmaster, "SIGINT");
  await eventually(() => !isRunning(postmaster), 10_000);
}

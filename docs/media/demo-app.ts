import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { attachOrStartEmbedded } from "#db/embedded/embedded-database.ts";

export interface DemoApp {
  url: string;
  dataDir: string;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

export interface Credentials {
  email: string;
  password: string;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_MS = 120_000;
/** Where the embedded database keeps what its account cannot reach in DATA_DIR. */
const DATABASE_HOMES = "/var/lib/tock";

const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Starts the built application with its embedded database in a temporary DATA_DIR, as `npm start` does.
 * @throws Error when the application exits or is not ready within two minutes (the first start builds it)
 */
export async function startDemoApp(): Promise<DemoApp> {
  const dataDir = await mkdtemp(join(tmpdir(), "tock-media-"));
  // Started by root, PostgreSQL runs under another account, which has to enter this folder.
  await chmod(dataDir, 0o711);
  const child = spawn(process.execPath, ["--enable-source-maps", join(ROOT, "app/start.js")], {
    // Not the repository: the developer's .env must not reach this copy.
    cwd: dataDir,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: "production",
      PORT: "0",
      HOST: "127.0.0.1",
      DATA_DIR: dataDir,
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
    for (const folder of [dataDir, ...(await databaseHomes(dataDir))])
      await rm(folder, { recursive: true, force: true });
  };
  const interrupt = () => void stop().finally(() => process.exit(1));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    return { url: await readyUrl(child, exited), dataDir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Reads the port from the JSON log: only the line of the ready server has both `port` and `url`. */
async function readyUrl(child: ChildProcess, exited: Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  const ready = new Promise<string>((resolve) => {
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      if (!line.startsWith("{")) return;
      const { port, url } = JSON.parse(line) as { port?: number; url?: string };
      if (port && url) resolve(`http://127.0.0.1:${port}`);
    });
  });
  const timedOut = new Promise<"timed out">((resolve) => {
    setTimeout(resolve, START_MS, "timed out").unref();
  });
  const outcome = await Promise.race([ready, timedOut, exited.then(() => "exited" as const)]);
  if (outcome === "timed out" || outcome === "exited")
    throw new Error(`the demo application ${outcome} before it was ready:\n${lines.join("\n")}`);
  return outcome;
}

async function databaseHomes(dataDir: string): Promise<string[]> {
  const path = await realpath(dataDir);
  const homes = (await readdir(DATABASE_HOMES).catch(() => [])).map((name) => join(DATABASE_HOMES, name));
  const dataDirs = await Promise.all(
    homes.map((home) => readFile(join(home, "data-dir"), "utf8").catch(() => "")),
  );
  return homes.filter((_, index) => dataDirs[index]?.trim() === path);
}

/** The running embedded database of the application. */
export const embeddedDatabase = ({ dataDir }: DemoApp) => attachOrStartEmbedded({ dataDir, log: silentLog });

/** Seeds the demo account with `npm run db:seed`. @returns the credentials that the command prints */
export async function seedDemoAccount(
  app: DemoApp,
  { tasks, seed }: { tasks: number; seed: number },
): Promise<Credentials> {
  const options = ["--users", "0", "--tasks", String(tasks), "--seed", String(seed)];
  const { url } = await embeddedDatabase(app);
  const { stdout } = await promisify(execFile)("npm", ["run", "--silent", "db:seed", "--", ...options], {
    cwd: ROOT,
    // In place of the one of a .env file.
    env: { ...process.env, DATABASE_URL: url },
  });
  const printed = (label: string) => new RegExp(`^\\s*${label}\\s+(\\S+)$`, "m").exec(stdout)?.[1] ?? "";
  return { email: printed("email"), password: printed("password") };
}

/** A POST to the JSON API. @returns the body and the session cookie of the response */
export async function postJson(
  { url }: DemoApp,
  path: string,
  body: object,
  headers: Record<string, string> = {},
) {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${await response.text()}`);
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  return { body: await response.json(), cookie };
}

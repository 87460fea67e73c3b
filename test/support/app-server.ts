import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { builtServer } from "#app/ensure-build.js";
import { createTestDatabase } from "./test-database.ts";

/** Secrets of the tests, known to them so that they can forge tokens and cookies. */
export const TEST_SECRETS = {
  JWT_SECRET: "jwt-secret-of-the-tests-0123456789abcdef",
  SESSION_SECRET: "session-secret-of-the-tests-0123456789ab",
  BETTER_AUTH_SECRET: "identity-secret-of-the-tests-0123456789a",
};

/** Tests sign up and call more than one person would; those about the limits set their own. */
export const UNLIMITED_RATES = {
  RATE_LIMIT_AUTH_PER_MINUTE: "1000000",
  RATE_LIMIT_TASKS_PER_MINUTE: "1000000",
};

/** For many requests that other tests make too: to note which lines they reach slows each of them down. */
export const WITHOUT_COVERAGE = { NODE_V8_COVERAGE: "" };

const START_MS = 20_000;

export interface AppServer {
  /** Where it listens, such as `http://127.0.0.1:41234`. */
  url: string;
  databaseUrl: string;
  process: ChildProcess;
  /** Every line of its log so far. */
  log: string[];
  /** Sends a signal (SIGTERM unless told) and waits for the end. @returns the exit code, null after a kill */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts the built server on a free port, with a migrated database of its own unless `env` names one.
 * @param env variables besides PORT, HOST, DATABASE_URL and the secrets, or instead of them
 */
export async function startApp(env: Record<string, string> = {}): Promise<AppServer> {
  const template = process.env.TEST_DATABASE_TEMPLATE ?? "template0";
  const database = env.DATABASE_URL !== undefined ? undefined : await createTestDatabase({ template });
  const databaseUrl = env.DATABASE_URL ?? database?.url ?? "";
  const { PATH, TOCK_COVERAGE_DIR } = process.env;
  const child = spawn(process.execPath, ["--enable-source-maps", builtServer], {
    env: {
      PATH,
      ...(TOCK_COVERAGE_DIR && { NODE_V8_COVERAGE: TOCK_COVERAGE_DIR }),
      NODE_ENV: "production",
      PORT: "0",
      HOST: "127.0.0.1",
      DATABASE_URL: databaseUrl,
      DB_POOL_MIN: "1",
      ...UNLIMITED_RATES,
      ...TEST_SECRETS,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  const ended = once(child, "exit") as Promise<[number | null]>;
  const url = await ready(child, log, ended);
  return {
    url,
    databaseUrl,
    process: child,
    log,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await ended;
      await database?.drop();
      return code;
    },
  };
}

/** Waits for the line that tells the address. @throws Error with the log so far when the process ends before */
async function ready(child: ChildProcess, log: string[], ended: Promise<[number | null]>): Promise<string> {
  const address = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        log.push(line);
        const port = /"port":(\d+).*Tock is ready/.exec(line)?.[1];
        if (port) resolve(`http://127.0.0.1:${port}`);
      });
    }
  });
  const failure = ended.then(([code]) => {
    throw new Error(`Tock ended with ${code} before it was ready:\n${log.join("\n")}`);
  });
  const tooLate = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`Tock was not ready in time:\n${log.join("\n")}`)), START_MS).unref();
  });
  // After the start its end is no failure any more.
  failure.catch(() => undefined);
  return Promise.race([address, failure, tooLate]);
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { builtServer } from "#app/ensure-build.js";
import { createTestDatabase, runtimeUrlOf } from "./test-database.ts";

/** The secrets of test servers. Tests sign their own tokens and cookies with them. */
export const TEST_SECRETS = {
  JWT_SECRET: "jwt-secret-of-the-tests-0123456789abcdef",
  SESSION_SECRET: "session-secret-of-the-tests-0123456789ab",
  BETTER_AUTH_SECRET: "identity-secret-of-the-tests-0123456789a",
};

/** Tests send more requests than the default limits allow. Tests of the limits set their own. */
export const UNLIMITED_RATES = {
  RATE_LIMIT_AUTH_PER_MINUTE: "1000000",
  RATE_LIMIT_ACCOUNT_PER_HOUR: "1000000",
  RATE_LIMIT_TASKS_PER_MINUTE: "1000000",
};

/** Turns coverage off for tests that send many requests: coverage slows each of them down. */
export const WITHOUT_COVERAGE = { NODE_V8_COVERAGE: "" };

/** Shorter than the time limit of a hook, so that the failure has the log. */
const START_MS = 45_000;

/** The command of the built server. */
export const BUILT_COMMAND = [process.execPath, "--enable-source-maps", builtServer];

export interface AppServer {
  /** The base URL, such as `http://127.0.0.1:41234`. */
  url: string;
  /** The database for its owner. The server itself uses another role, unless the test sets DATABASE_URL. */
  databaseUrl: string;
  process: ChildProcess;
  /** Every log line so far. */
  log: string[];
  /** Sends a signal and waits for the exit and the last log line. @returns the exit code, null after a kill */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Lines past the log, such as the server library's own, without redaction. */
export const plainTextLines = ({ log }: AppServer): string[] => log.filter((line) => !line.startsWith("{"));

/**
 * Starts the built server on a free port, with a new migrated database unless `env` has a DATABASE_URL.
 * @param env variables to add to or override the defaults
 * @param command another one than that of the built server
 * @param cwd by default a folder without a developer's .env
 * @throws Error with the log so far when the server does not become ready
 */
export async function startApp(
  env: Record<string, string> = {},
  command = BUILT_COMMAND,
  cwd = tmpdir(),
): Promise<AppServer> {
  const template = process.env.TEST_DATABASE_TEMPLATE ?? "template0";
  const database = env.DATABASE_URL !== undefined ? undefined : await createTestDatabase({ template });
  const databaseUrl = env.DATABASE_URL ?? database?.url ?? "";
  const { PATH, TOCK_COVERAGE_DIR } = process.env;
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: {
      PATH,
      ...(TOCK_COVERAGE_DIR && { NODE_V8_COVERAGE: TOCK_COVERAGE_DIR }),
      NODE_ENV: "production",
      PORT: "0",
      HOST: "127.0.0.1",
      ...(database && { MIGRATION_DATABASE_URL: databaseUrl, DATABASE_URL: runtimeUrlOf(databaseUrl) }),
      DB_POOL_MIN: "1",
      // Only the tests of the shutdown pay for its delay.
      SHUTDOWN_DELAY_MS: "0",
      ...UNLIMITED_RATES,
      ...TEST_SECRETS,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  // Not "exit": the last log lines can arrive after it.
  const closed = once(child, "close") as Promise<[number | null]>;
  const url = await waitUntilReady(child, log, closed).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  return {
    url,
    databaseUrl,
    process: child,
    log,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await closed;
      await database?.drop();
      return code;
    },
  };
}

/** Collects the log and waits for the line with the port. @returns the base URL */
async function waitUntilReady(
  child: ChildProcess,
  log: string[],
  closed: Promise<[number | null]>,
): Promise<string> {
  const url = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        log.push(line);
        const port = /"port":(\d+).*Tock is ready/.exec(line)?.[1];
        if (port) resolve(`http://127.0.0.1:${port}`);
      });
    }
  });
  const earlyExit = closed.then(([code]) => {
    throw new Error(`Tock exited with ${code} before it was ready:\n${log.join("\n")}`);
  });
  const timeout = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`Tock was not ready in time:\n${log.join("\n")}`)), START_MS).unref();
  });
  // An exit after the start is not an unhandled rejection.
  earlyExit.catch(() => undefined);
  return Promise.race([url, earlyExit, timeout]);
}

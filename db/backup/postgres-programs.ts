import { spawn } from "node:child_process";
import { homedir } from "node:os";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { MINIMAL_ENVIRONMENT } from "../embedded/run-program.ts";

/** Parameters of a PostgreSQL URL, and the variables of libpq that replace them. */
const PARAMETERS: Record<string, string> = {
  host: "PGHOST",
  port: "PGPORT",
  user: "PGUSER",
  dbname: "PGDATABASE",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  channel_binding: "PGCHANNELBINDING",
  options: "PGOPTIONS",
};

/** The first version whose libpq knows `sslrootcert=system`. */
const SYSTEM_ROOTS_MAJOR = 16;

/**
 * Without sslrootcert libpq trusts only ~/.postgresql/root.crt, but Node trusts public certificate authorities. With
 * `system` libpq accepts no mode but verify-full, which is also how Node treats verify-ca.
 */
function systemRoots(searchParams: URLSearchParams, clientMajor: number): Record<string, string> {
  const isVerified = searchParams.get("sslmode")?.startsWith("verify-") ?? false;
  if (!isVerified || searchParams.has("sslrootcert") || clientMajor < SYSTEM_ROOTS_MAJOR) return {};
  return { PGSSLMODE: "verify-full", PGSSLROOTCERT: "system" };
}

/**
 * Returns a PostgreSQL URL as variables of libpq. Every account of the machine can read the arguments of a program, so the
 * password is not among them.
 * @param clientMajor the major version of the program
 */
export function libpqEnvironment(url: string, clientMajor: number): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const variables: Record<string, string> = {
    PGHOST: hostname.replace(/^\[|\]$/g, ""),
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGAPPNAME: "tock backup",
    PGCONNECT_TIMEOUT: "10",
  };
  for (const [name, value] of searchParams) {
    const variable = PARAMETERS[name];
    if (variable) variables[variable] = value;
  }
  Object.assign(variables, systemRoots(searchParams, clientMajor));
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
}

interface ProgramOptions {
  env?: Record<string, string>;
  signal?: AbortSignal;
}

/** Starts a program of the PostgreSQL client. */
function start(program: string, args: string[], { env = {}, signal }: ProgramOptions) {
  const child = spawn(program, args, {
    // libpq looks for certificates in the home folder.
    env: { ...MINIMAL_ENVIRONMENT, HOME: homedir(), ...env },
    stdio: "pipe",
    ...(signal && { signal }),
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", (cause: NodeJS.ErrnoException) =>
      reject(cause.code === "ENOENT" ? missingProgram(program) : cause),
    );
    child.once("close", (code) => {
      if (code === 0) return resolve();
      reject(new Error(failureReason(program, errors) ?? `${program}: exit code ${code}`));
    });
  });
  child.stdin.on("error", () => undefined);
  return { child, ended };
}

/** Returns the first error as one line, with libpq's advice if no connection could be opened. */
function failureReason(program: string, errors: string): string | undefined {
  const lines = errors.split("\n").map((line) => line.trim());
  const first = lines.findIndex((line) => /error|fatal/i.test(line));
  const [reason, ...following] = first < 0 ? [] : lines.slice(first);
  if (reason === undefined) return undefined;
  const advice = reason.includes("connection to server")
    ? following.filter((line) => line && !line.startsWith(program))
    : [];
  const line = [reason, ...advice].join(" ");
  return line.startsWith(program) ? line : `${program}: ${line}`;
}

const missingProgram = (program: string) =>
  new Error(
    `${program} is not installed: install the PostgreSQL client (Debian: postgresql-client), or extend PATH`,
  );

/**
 * Runs a program to its end.
 * @param options.input for its stdin. An error of the input ends the program and is thrown
 * @returns its output
 * @throws Error with its first error, as one line
 */
export async function runClient(
  program: string,
  args: string[],
  options: ProgramOptions & { input?: AsyncIterable<string | Buffer> } = {},
): Promise<string> {
  const { child, ended } = start(program, args, options);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const written = options.input ? pipeline(options.input, child.stdin) : child.stdin.end();
  // A program that fails closes its stdin: its own error says more than that of the pipe.
  const [{ status }, writing] = await Promise.allSettled([ended, written]);
  if (status === "rejected") await ended;
  if (writing.status === "rejected") throw writing.reason;
  return output;
}

/** Starts a program whose output is read while it runs. */
export function streamClient(
  program: string,
  args: string[],
  options: ProgramOptions = {},
): { output: Readable; ended: Promise<void> } {
  const { child, ended } = start(program, args, options);
  child.stdin.end();
  // Its reader may have given up before it ends.
  ended.catch(() => undefined);
  return { output: child.stdout, ended };
}

/**
 * Checks that programs of the PostgreSQL client are installed and not older than the server.
 * @param server its major version
 * @returns the major version of the oldest of them
 * @throws Error with one line that names the version to install
 */
export async function assertClientVersions(programs: string[], server: number): Promise<number> {
  const versions: number[] = [];
  for (const program of programs) {
    const major = Number(/ (\d+)/.exec(await runClient(program, ["--version"]))?.[1]);
    if (major < server)
      throw new Error(
        `${program} has version ${major}, and the server has version ${server}: install the PostgreSQL client of version ${server} or newer, or put it first in PATH`,
      );
    versions.push(major);
  }
  return Math.min(...versions);
}

import { spawn } from "node:child_process";

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

interface ProgramResult {
  ok: boolean;
  /** stdout and stderr. */
  output: string;
}

/** For child processes: PG* variables would change PostgreSQL's behaviour, and it needs none of the secrets. */
export const MINIMAL_ENVIRONMENT = {
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
} as object as NodeJS.ProcessEnv;

/** Returns spawn's options that change the account; empty for the account of this process. */
export function accountOptions(account: Account | undefined): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}

/**
 * Runs a program in `/`, because the account may not be able to enter the current working directory.
 * @returns whether it succeeded, and its output or the reason why it could not be started; never rejects
 */
export function runProgram(
  program: string,
  args: string[],
  options: { account?: Account | undefined; input?: string } = {},
): Promise<ProgramResult> {
  return new Promise<ProgramResult>((resolve) => {
    const child = spawn(program, args, {
      cwd: "/",
      env: MINIMAL_ENVIRONMENT,
      stdio: "pipe",
      ...accountOptions(options.account),
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => resolve({ ok: false, output: error.message }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
    child.stdin.end(options.input ?? "");
    // spawn throws some errors, such as a forbidden change of account, instead of emitting them.
  }).catch((error: Error) => ({ ok: false, output: error.message }));
}

/** Returns the last line of an output that looks like an error, otherwise its last line. */
export function lastErrorLine(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return (
    lines.findLast((line) => /error|fatal|panic|could not|cannot/i.test(line)) ?? lines.at(-1) ?? "no message"
  );
}

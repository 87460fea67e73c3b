import { spawn } from "node:child_process";

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

interface Outcome {
  ok: boolean;
  output: string;
}

/** Not ours to inherit: PG* variables change what PostgreSQL does, and secrets are none of its business. */
export const BARE_ENVIRONMENT = {
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  LC_ALL: "C",
  TZ: "UTC",
} as object as NodeJS.ProcessEnv;

/** The part of spawn's options that changes the account; nothing when we stay who we are. */
export function accountOptions(account: Account | undefined): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}

/**
 * Runs a program to its end, from `/`: an account that cannot enter our working folder could not start there.
 * @returns ok, and everything it wrote (or why it could not be started); never rejects
 */
export function runProgram(
  program: string,
  args: string[],
  options: { account?: Account | undefined; input?: string } = {},
): Promise<Outcome> {
  return new Promise<Outcome>((resolve) => {
    const child = spawn(program, args, {
      cwd: "/",
      env: BARE_ENVIRONMENT,
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
    // Some failures, that to change the account among them, spawn throws instead of telling.
  }).catch((error: Error) => ({ ok: false, output: error.message }));
}

/** What went wrong, out of a program's output: its last line that says so, else its last line. */
export function lastErrorLine(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const said = lines.filter((line) => line !== "");
  return (
    said.findLast((line) => /error|fatal|panic|could not|cannot/i.test(line)) ?? said.at(-1) ?? "no message"
  );
}

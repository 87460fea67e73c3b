import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { builtServer } from "#app/ensure-build.js";

const CLI = fileURLToPath(new URL("../../app/cli/main.ts", import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Node's arguments for the command line, from its sources and as in the image, which contains no sources. */
export const SOURCES = ["--import", TSX, CLI];
export const BUILT = [join(dirname(builtServer), "cli.js")];

export interface CommandResult {
  code: number | null;
  out: string;
  err: string;
}

/** Starts the command line with no variables but these: no secret of the web server is set. */
export function startCommand(args: string[], env: Record<string, string>, program = BUILT) {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    [...program, ...args],
    {
      // Without a developer's .env.
      cwd: tmpdir(),
      env: { PATH: process.env.PATH, NODE_ENV: "development", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.err += text;
  });
  const ended: Promise<CommandResult> = once(child, "close").then(([code]) => ({ code, ...output }));
  return { child, output, ended };
}

/** Runs the command line of the image to its end. */
export const runCommand = (args: string[], env: Record<string, string>): Promise<CommandResult> =>
  startCommand(args, env).ended;

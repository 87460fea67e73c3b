import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const START_TIMEOUT_MS = 30_000;

export interface ServerProcess {
  url: string;
  pid: number;
  /** Sends SIGTERM and waits for the exit. */
  stop(): Promise<void>;
}

/**
 * Starts a server program and waits until it prints its port as `"port":N`.
 * @param args of Node: flags, the program and its arguments
 * @throws Error with the program's output when it ends first, or prints no port in time
 */
export async function startServer(args: string[], env: Record<string, string>): Promise<ServerProcess> {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, args, {
    env: { PATH, NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const port = await readPort(child, ended);
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function readPort(child: ChildProcess, ended: Promise<unknown>): Promise<string> {
  if (!child.stdout) throw new Error("the server has no output");
  const output: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const printed = new Promise<string>((resolve) => {
    lines.on("line", (line) => {
      output.push(line);
      const port = /"port":(\d+)/.exec(line)?.[1];
      if (port) resolve(port);
    });
  });
  const failed = ended.then(() => {
    throw new Error(`the server ended before it listened:\n${output.join("\n")}`);
  });
  failed.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the server did not print its port")), START_TIMEOUT_MS);
  });
  try {
    return await Promise.race([printed, failed, late]);
  } finally {
    clearTimeout(timer);
    // The rest is read, so that the server never waits, but not parsed: that would take CPU time from the server.
    lines.close();
    child.stdout.resume();
  }
}

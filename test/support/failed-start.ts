import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { builtServer } from "#app/ensure-build.js";

/**
 * Runs the built server until its start fails.
 * @param during runs beside the start, for example to send a signal
 * @returns its output lines and its exit code
 */
export async function failedStart(
  env: Record<string, string>,
  during: (pid: number) => Promise<void> = async () => {},
): Promise<{ lines: string[]; code: number }> {
  const child = spawn(process.execPath, [builtServer], {
    // Without a developer's .env.
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, NODE_ENV: "production", PORT: "0", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (text += bytes));
  const closed = once(child, "close");
  await during(child.pid ?? 0).catch((error) => {
    child.kill("SIGKILL");
    throw error;
  });
  const [code] = await closed;
  return { lines: text.split("\n").filter((line) => line !== ""), code };
}

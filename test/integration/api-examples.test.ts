import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";

const DOCUMENT = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
const SCRIPT = [...DOCUMENT.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block).join("\n");

/** Prints the status of each request to the standard error, for the tests. */
const REPORT = `curl() { command curl -w '%{stderr}status %{http_code}\\n' "$@"; }`;

/** Whether a line is followed by the rest of its command. */
const continues = (line: string) => /[\\|]$/.test(line.trimEnd());

interface Example {
  command: string;
  /** The status in its comment, else 200. */
  status: number;
}

/** Splits the script into the commands that send a request. */
function examplesOf(script: string): Example[] {
  const commands: string[] = [];
  let isOpen = false;
  for (const line of script.split("\n").filter((line) => !/^\s*(#|$)/.test(line))) {
    if (isOpen) commands.push(`${commands.pop()}\n${line}`);
    else commands.push(line);
    isOpen = continues(line);
  }
  return commands
    .filter((command) => /\bcurl -/.test(command))
    .map((command) => ({ command, status: Number(/# (\d{3})\b/.exec(command)?.[1] ?? 200) }));
}

const canRun = ["bash", "curl"].every((program) => spawnSync(program, ["--version"]).status === 0);

describe.runIf(canRun)("the examples of docs/api.md", () => {
  let app: AppServer;
  let folder: string;
  beforeAll(async () => {
    // The default limit of password attempts: the examples must fit into it.
    app = await startApp({ RATE_LIMIT_AUTH_PER_MINUTE: "5" });
    folder = await mkdtemp(join(tmpdir(), "tock-examples-"));
  });
  afterAll(async () => {
    await app?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("get the responses that they name when they are run in order", async () => {
    const script = SCRIPT.replace(/^TOCK=.*$/m, `TOCK=${app.url}`);
    const { stdout, stderr } = await promisify(execFile)(
      "bash",
      ["-euo", "pipefail", "-c", `${REPORT}\n${script}`],
      {
        cwd: folder,
        env: { PATH: process.env.PATH, NODE_ENV: "test" },
      },
    );
    const examples = examplesOf(SCRIPT);
    expect(examples.length).toBeGreaterThan(20);
    const received = [...stderr.matchAll(/^status (\d+)$/gm)].map(([, status]) => Number(status));
    expect(examples.map(({ command }, index) => ({ command, status: received[index] }))).toEqual(examples);
    expect(received).toHaveLength(examples.length);
    expect(stdout).toMatch(/etag: "1"/i);
    expect(stdout).toMatch(/idempotent-replayed: true/i);
  });
});

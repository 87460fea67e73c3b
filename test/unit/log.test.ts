import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const MODULE = new URL("../../app/log.server.ts", import.meta.url).href;

/** Writes each kind of line, waits for the asynchronous ones, and says on stderr that it got there. */
const PROGRAM = `
  import { setTimeout as sleep } from "node:timers/promises";
  const { createAccessLog, flushAccessLog, log } = await import(${JSON.stringify(MODULE)});
  const logAccess = createAccessLog();
  for (let line = 0; line < 3; line++) {
    log.info({}, "a line");
    logAccess([{ time: "now", event: "request" }]);
    await sleep(20);
  }
  logAccess([{ time: "now", event: "request" }]);
  await flushAccessLog();
  logAccess([{ time: "now", event: "request" }]);
  log.fatal({}, "the last line");
  process.stderr.write("alive");
  process.exit(0);`;

describe.skipIf(!existsSync("/dev/full"))("the log on a full disk", () => {
  it("is dropped, and neither ends the process nor delays its exit", async () => {
    const full = openSync("/dev/full", "w");
    const args = ["--import", TSX, "--input-type=module", "--eval", PROGRAM];
    const child = spawn(process.execPath, args, { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    const [code] = await once(child, "close");
    expect({ code, errors }).toEqual({ code: 0, errors: "alive" });
  });
});

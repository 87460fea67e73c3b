import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const IMPORT_TSX = ["--import", TSX, "--input-type=module", "--eval"];
const MODULE = new URL("../../app/log.server.ts", import.meta.url).href;
const run = promisify(execFile);

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

it("the log contains the reasons of an AggregateError and the causes of an error", async () => {
  const program = `
    const { log } = await import(${JSON.stringify(MODULE)});
    const reasons = [new Error("first", { cause: new Error("why") }), new Error("second")];
    log.warn({ err: new AggregateError(reasons, "both") }, "failed");`;
  const { stdout } = await run(process.execPath, [...IMPORT_TSX, program]);
  expect(JSON.parse(stdout).err).toMatchObject({
    message: "both",
    errors: [{ message: "first", cause: { message: "why" } }, { message: "second" }],
  });
});

describe.skipIf(!existsSync("/dev/full"))("the log on a full disk", () => {
  it("is dropped, and neither ends the process nor delays its exit", async () => {
    const full = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [...IMPORT_TSX, PROGRAM], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    const [code] = await once(child, "close");
    expect({ code, errors }).toEqual({ code: 0, errors: "alive" });
  });
});

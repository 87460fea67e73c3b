import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const MODULE = new URL("../../../app/env.server.ts", import.meta.url).href;
const LOCAL = "postgresql://tock@localhost/tock";

/** Prints the variables of a command, or the message of its error, and those of a worker. */
const PROGRAM = `
  import cluster from "node:cluster";
  const { cliEnv } = await import(${JSON.stringify(MODULE)});
  const read = () => { try { return cliEnv(); } catch (error) { return { error: error.message }; } };
  if (cluster.isWorker) process.send(read(), () => process.exit());
  else {
    const primary = read();
    if (!process.env.WITH_WORKER) console.log(JSON.stringify({ primary }));
    else cluster.fork({ MIGRATION_DATABASE_URL: "" })
      .on("message", (worker) => console.log(JSON.stringify({ primary, worker })));
  }`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tock-env-file-"));
  writeFileSync(join(folder, "program.mjs"), PROGRAM);
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(variables: Record<string, string>) {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", TSX, "program.mjs"], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_ENV: "test", ...variables },
  });
  return JSON.parse(stdout);
}

describe("a .env file", () => {
  it("replaces missing and empty variables, but no others", async () => {
    writeFileSync(join(folder, ".env"), `DATABASE_URL=${LOCAL}\nDATA_DIR=/from-the-file\nPORT=8001\n`);
    const { primary } = await read({ DATABASE_URL: "", PORT: "8002" });
    expect(primary).toMatchObject({ DATABASE_URL: LOCAL, DATA_DIR: "/from-the-file", PORT: 8002 });
  });

  it("may be absent", async () => {
    expect((await read({})).primary).toMatchObject({ DATA_DIR: ".data", PORT: 7860 });
  });

  it("that cannot be read is an error, because Tock would start with a new embedded database", async () => {
    // Even root cannot read a folder as a file.
    mkdirSync(join(folder, ".env"));
    expect((await read({})).primary).toEqual({
      error: expect.stringMatching(/^\.env: .*\(EISDIR\)\. .*\.$/),
    });
  });

  it("does not give a worker the right to change the schema", async () => {
    const owner = "postgresql://owner@localhost/tock";
    writeFileSync(join(folder, ".env"), `DATABASE_URL=${LOCAL}\nMIGRATION_DATABASE_URL=${owner}\n`);
    const { primary, worker } = await read({ WITH_WORKER: "true" });
    expect(primary).toMatchObject({ DATABASE_URL: LOCAL, MIGRATION_DATABASE_URL: owner });
    expect(worker.DATABASE_URL).toBe(LOCAL);
    expect(worker).not.toHaveProperty("MIGRATION_DATABASE_URL");
  });
});

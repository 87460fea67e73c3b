import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFreePort } from "#db/embedded/free-port.ts";
import { startApp, TEST_SECRETS } from "../support/app-server.ts";
import { runCommand } from "../support/command.ts";
import { failedStart } from "../support/failed-start.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { request, signUp } from "../support/users.ts";

/** pgbouncer is Debian's package of that name. Without it these tests are skipped, and `npm test` reports that. */
function isInstalled(): boolean {
  try {
    execFileSync("pgbouncer", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

let folder: string;
let database: TestDatabase;
let pooler: ChildProcess;
let pooledUrl: string;

/** Two server connections in transaction mode: session state would soon reach other clients. */
async function startPooler(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "tock-pgbouncer-"));
  await chmod(folder, 0o755);
  const direct = new URL(database.url);
  const port = await findFreePort();
  const file = join(folder, "pgbouncer.ini");
  const server = `host=${direct.hostname} port=${direct.port} user=${direct.username} password=${direct.password}`;
  await writeFile(join(folder, "users.txt"), `"${direct.username}" "${direct.password}"\n`);
  const settings = [
    "[databases]",
    `* = ${server}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "unix_socket_dir =",
    "auth_type = plain",
    `auth_file = ${join(folder, "users.txt")}`,
    "pool_mode = transaction",
    "default_pool_size = 2",
  ];
  await writeFile(file, `${settings.join("\n")}\n`);
  // PgBouncer does not run as root.
  const isRoot = process.getuid?.() === 0;
  pooler = spawn("pgbouncer", isRoot ? ["-u", "nobody", file] : [file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  for await (const bytes of pooler.stderr ?? []) if (String(bytes).includes("process up")) break;
  pooler.stderr?.resume();
  const url = new URL(database.url);
  url.port = String(port);
  pooledUrl = url.href;
}

describe.skipIf(!isInstalled())("Tock through PgBouncer in transaction mode", () => {
  beforeAll(async () => {
    database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
    await startPooler();
  });
  afterAll(async () => {
    pooler.kill("SIGINT");
    await once(pooler, "exit");
    await database.drop();
    await rm(folder, { recursive: true });
  });

  test("without DB_PGBOUNCER is reported in one line by the start and by the doctor", async () => {
    const { lines, code } = await failedStart({ ...TEST_SECRETS, DATABASE_URL: pooledUrl });
    expect({ lines: lines.length, code }, lines.join("\n")).toEqual({ lines: 1, code: 1 });
    expect(JSON.parse(lines[0] ?? "").msg).toMatch(
      /^DATABASE_URL: the database cannot be used \(unsupported startup parameter.*\)\. The URL goes through a pooler: set DB_PGBOUNCER=true\.$/,
    );
    const doctor = await runCommand(["doctor"], { ...TEST_SECRETS, DATABASE_URL: pooledUrl });
    expect(doctor.out).toMatch(
      /^problem {2}database: DATABASE_URL: .*startup parameter.*: set DB_PGBOUNCER=true\.$/m,
    );
    const configured = { ...TEST_SECRETS, DATABASE_URL: pooledUrl, DB_PGBOUNCER: "true" };
    expect((await runCommand(["doctor"], configured)).out).not.toContain("startup parameter");
  });

  test("serves concurrent requests without errors, although consecutive statements reach different server processes", async () => {
    const tock = await startApp({ DATABASE_URL: pooledUrl, DB_PGBOUNCER: "true" });
    try {
      const ann = await signUp(tock.url);
      const titles = Array.from({ length: 40 }, (_, number) => `Errand ${number}`);
      const added = await Promise.all(titles.map((title) => ann.api("POST", "/api/tasks", { title })));
      expect(added.map(({ status }) => status)).toEqual(titles.map(() => 201));
      const lists = await Promise.all(titles.map(() => ann.api("GET", "/api/tasks?limit=100")));
      for (const list of lists) expect(list.body.pagination.total).toBe(40);
      expect((await ann.api("POST", "/api/auth/signout")).status).toBe(204);
      expect((await request(tock.url, "GET", "/health")).status).toBe(200);
      expect(tock.log.filter((line) => /"level":"(error|warn)"/.test(line))).toEqual([]);
    } finally {
      await tock.stop();
    }
  });
});

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddedDatabase, startEmbedded } from "#db/embedded/embedded-database.ts";
import { plainTextLines, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { runCommand } from "../support/command.ts";
import { cleanUp } from "../support/embedded-process.ts";
import { failedStart } from "../support/failed-start.ts";
import { queryRows } from "../support/sql.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createTestDatabase, silentLog, type TestDatabase } from "../support/test-database.ts";
import { signUp } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

afterAll(cleanUp);

function withParameters(url: string, parameters: Record<string, string>): string {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value);
  return changed.href;
}

/** Returns the message of a start that fails with one line. */
async function startFailure(DATABASE_URL: string): Promise<string> {
  const { lines, code } = await failedStart({ ...TEST_SECRETS, DATABASE_URL });
  expect({ lines: lines.length, code }, lines.join("\n")).toEqual({ lines: 1, code: 1 });
  return JSON.parse(lines[0] ?? "").msg;
}

describe("a database that rejects the client before it signs in", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it("without TLS is reported in one line by the start, by a command and by the doctor", async () => {
    const DATABASE_URL = withParameters(database.url, { sslmode: "require" });
    const [reason, advice] = ["The server does not support SSL connections", "Turn on TLS in the server"];
    expect(await startFailure(DATABASE_URL)).toBe(
      `DATABASE_URL: the database cannot be used (${reason}). ${advice}, or use sslmode=disable on a private network.`,
    );
    const line = `DATABASE_URL: the database on 127.0.0.1 cannot be used: ${reason}. ${advice}`;
    expect(await runCommand(["migrate"], { DATABASE_URL })).toEqual({
      code: 1,
      out: "",
      err: `db:migrate: ${line}, or use sslmode=disable on a private network\n`,
    });
    const { out, err } = await runCommand(["doctor"], { ...TEST_SECRETS, DATABASE_URL });
    expect(err).toBe("");
    expect(out).toContain(`problem  database: ${line}, or use sslmode=disable on a private network.\n`);
  });

  it("for lack of a password is reported in one line by the start", async () => {
    const url = new URL(database.url);
    url.password = "";
    expect(await startFailure(url.href)).toMatch(
      /^DATABASE_URL: the database cannot be used \(SASL: .*\)\. Add the password to the URL\.$/,
    );
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasOpenssl())("a database with TLS (needs openssl)", () => {
  let server: EmbeddedDatabase;
  let folder: string;

  /** Makes a self-signed certificate for 127.0.0.1. @returns the paths of the certificate and its key */
  function createCertificate(name: string) {
    const [certificate, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
    const algorithm = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", key, "-out", certificate];
    execFileSync("openssl", ["req", "-x509", "-days", "2", ...algorithm, ...subject, ...files], {
      stdio: "pipe",
    });
    return { certificate, key };
  }

  /** The server itself writes the files: it runs under another account than a test as root. */
  async function installCertificate({ certificate, key }: { certificate: string; key: string }) {
    for (const [file, name] of [
      [certificate, "server.crt"],
      [key, "server.key"],
    ] as const) {
      const lines = `string_to_array('${(await readFile(file, "utf8")).trim()}', e'\\n')`;
      await queryRows(server.url, `copy (select unnest(${lines})) to program 'umask 077; cat > ${name}'`);
    }
    await queryRows(server.url, "alter system set ssl = on");
    await queryRows(server.url, "select pg_reload_conf()");
    // The server reads its files after the response.
    await waitFor(() => queryRows(trusting(certificate), "select 1"));
  }

  const trusting = (sslrootcert: string) =>
    withParameters(server.url, { sslmode: "verify-full", sslrootcert });

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startEmbedded({
      dataDir: await temporaryFolder(),
      log: silentLog,
      throwaway: true,
    });
  });
  afterAll(() => server.stop());

  it("and an unknown certificate authority is reported in one line", async () => {
    await installCertificate(createCertificate("unknown"));
    expect(await startFailure(withParameters(server.url, { sslmode: "require" }))).toMatch(
      /^DATABASE_URL: the database cannot be used \(self-signed certificate\)\. Add sslrootcert=FILE to the URL, .*\.$/,
    );
  });

  it("is unavailable while its certificate is not trusted, and available again afterwards", async () => {
    const trusted = createCertificate("trusted");
    await installCertificate(trusted);
    const DATABASE_URL = withParameters(server.url, { sslmode: "require" });
    expect(
      await runCommand(["migrate"], { DATABASE_URL, NODE_EXTRA_CA_CERTS: trusted.certificate }),
    ).toMatchObject({ code: 0, err: "" });
    const app = await startApp({
      DATABASE_URL: withParameters(server.url, { sslmode: "require", sslrootcert: trusted.certificate }),
    });
    try {
      const user = await signUp(app.url);
      const list = () => user.api("GET", "/api/tasks");
      expect((await list()).status).toBe(200);
      expect(plainTextLines(app)).toEqual([]);

      await installCertificate(createCertificate("replaced"));
      await queryRows(
        server.url,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tock'",
      );
      const codes = new Set<string>();
      await waitFor(async () => {
        const { status, body, headers } = await list();
        if (status !== 200) codes.add(`${body.error.code} ${headers.has("Retry-After")}`);
        expect(app.log.join("\n")).toContain("circuit breaker opened");
      });
      expect([...codes]).toEqual(["DB_ERROR true"]);
      expect(app.log.join("\n")).not.toContain("failed unexpectedly");

      await installCertificate(trusted);
      await waitFor(async () => expect((await list()).status).toBe(200));
    } finally {
      await app.stop();
    }
  });
});

import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { EnvError } from "#app/env/env-error.server.ts";
import { isLocalHost } from "#app/env/local-host.server.ts";
import { parseCliEnv, parseEnv } from "#app/env.server.ts";

const SECRETS = {
  JWT_SECRET: "jwt-secret-of-the-unit-tests-0123456789",
  SESSION_SECRET: "session-secret-of-the-unit-tests-0123456",
  BETTER_AUTH_SECRET: "identity-secret-of-the-unit-tests-012345",
};
const LOCAL = "postgresql://tock:hush@localhost/tock";
const COMPLETE = { DATABASE_URL: LOCAL, ...SECRETS };
const folder = mkdtempSync(join(tmpdir(), "tock-env-"));
afterAll(() => rmSync(folder, { recursive: true }));

const errorOf = (
  source: Record<string, string | undefined>,
  parse: (source: Record<string, string | undefined>) => unknown = parseEnv,
): string => {
  try {
    parse(source);
  } catch (error) {
    expect(error).toBeInstanceOf(EnvError);
    return (error as EnvError).message;
  }
  throw new Error("The environment was accepted.");
};

describe("an empty environment", () => {
  it("gets the documented defaults, and generated secrets that are stored", () => {
    const { JWT_SECRET, SESSION_SECRET, BETTER_AUTH_SECRET, ...rest } = parseEnv({ DATA_DIR: folder });
    expect(rest).toEqual({
      PORT: 7860,
      HOST: "0.0.0.0",
      DATA_DIR: folder,
      TRUST_PROXY: 0,
      WEB_CONCURRENCY: 1,
      DB_POOL_MIN: 10,
      DB_POOL_MAX: 20,
      DB_POOL_OVERFLOW: 30,
      DB_POOL_TIMEOUT_MS: 30_000,
      RATE_LIMIT_AUTH_PER_MINUTE: 5,
      RATE_LIMIT_ACCOUNT_PER_HOUR: 100,
      RATE_LIMIT_TASKS_PER_MINUTE: 100,
      TASKS_PER_USER_MAX: 50_000,
      FRAME_ANCESTORS: "'none'",
      SHUTDOWN_DELAY_MS: 500,
      ACCESS_LOG: false,
      LOG_LEVEL: "info",
    });
    const secrets = [JWT_SECRET, SESSION_SECRET, BETTER_AUTH_SECRET].flat();
    expect(new Set(secrets).size).toBe(3);
    for (const secret of secrets) expect(secret.length).toBeGreaterThanOrEqual(32);
    expect(parseEnv({ DATA_DIR: folder })).toMatchObject({ JWT_SECRET, SESSION_SECRET, BETTER_AUTH_SECRET });
  });

  it("FRAME_ANCESTORS is trimmed", () => {
    expect(parseEnv({ ...COMPLETE, FRAME_ANCESTORS: " 'none' " }).FRAME_ANCESTORS).toBe("'none'");
  });

  it("DATA_DIR defaults to .data", () => {
    expect(parseEnv(COMPLETE).DATA_DIR).toBe(".data");
  });
});

describe("a secret", () => {
  it.each(["JWT_SECRET", "SESSION_SECRET", "BETTER_AUTH_SECRET"] as const)(
    "%s is required with DATABASE_URL",
    (name) => {
      expect(errorOf({ ...COMPLETE, [name]: undefined })).toMatch(new RegExp(`^${name}: .*required`));
      expect(errorOf({ ...COMPLETE, [name]: "" })).toMatch(new RegExp(`^${name}: `));
    },
  );

  it.each(["JWT_SECRET", "SESSION_SECRET", "BETTER_AUTH_SECRET"] as const)(
    "%s must have 32 characters, and the error message does not contain it",
    (name) => {
      const short = SECRETS[name].slice(0, 31);
      const message = errorOf({ ...COMPLETE, [name]: short });
      expect(message).toMatch(new RegExp(`^${name}: .*32`));
      expect(message).not.toContain(short);
      expect(parseEnv({ ...COMPLETE, [name]: `${SECRETS[name].slice(0, 27)}-ends` })).toBeDefined();
    },
  );

  it.each(["JWT_SECRET", "SESSION_SECRET", "BETTER_AUTH_SECRET"] as const)(
    "%s is a list, newest first, and each entry must have 32 characters",
    (name) => {
      const older = "older-secret-of-the-unit-tests-01234567";
      expect(parseEnv({ ...COMPLETE, [name]: `${SECRETS[name]} , ${older}` })[name]).toEqual([
        SECRETS[name],
        older,
      ]);
      for (const poor of ["short", "", " "])
        expect(errorOf({ ...COMPLETE, [name]: `${SECRETS[name]},${poor}` })).toMatch(
          new RegExp(`^${name}: .*(comma|blank)`),
        );
    },
  );

  it("of secrets.json is a list too", () => {
    const DATA_DIR = join(folder, "rotated");
    const { JWT_SECRET } = parseEnv({ DATA_DIR });
    const file = join(DATA_DIR, "secrets.json");
    const stored = JSON.parse(readFileSync(file, "utf8"));
    const newer = "newer-secret-of-the-unit-tests-01234567";
    writeFileSync(file, JSON.stringify({ ...stored, JWT_SECRET: `${newer},${stored.JWT_SECRET}` }));
    expect(parseEnv({ DATA_DIR }).JWT_SECRET).toEqual([newer, ...JWT_SECRET]);
    writeFileSync(file, JSON.stringify({ ...stored, JWT_SECRET: `${stored.JWT_SECRET},short` }));
    expect(errorOf({ DATA_DIR })).toMatch(/^secrets\.json: .*32/);
  });

  it("must be neither a placeholder nor equal to another secret", () => {
    expect(errorOf({ ...COMPLETE, JWT_SECRET: "please-change-me-please-change-me-please" })).toMatch(
      /^JWT_SECRET: /,
    );
    expect(errorOf({ ...COMPLETE, JWT_SECRET: SECRETS.BETTER_AUTH_SECRET })).toMatch(
      /^(JWT|BETTER_AUTH)_SECRET: /,
    );
  });

  it.each([
    "replace-me-replace-me-replace-me-123456",
    "your-secret-key-at-least-32-characters!!",
    "example.0123456789.abcdefghij.klmnopqrst",
    " ".repeat(40),
  ])("%j is rejected as each of the three, and the error message does not contain it", (value) => {
    for (const name of ["JWT_SECRET", "SESSION_SECRET", "BETTER_AUTH_SECRET"]) {
      const message = errorOf({ ...COMPLETE, [name]: value });
      expect(message).toMatch(new RegExp(`^${name}: `));
      expect(message).not.toContain(value);
    }
    const list = `${SECRETS.SESSION_SECRET},${value}`;
    expect(errorOf({ ...COMPLETE, SESSION_SECRET: list })).toMatch(/^SESSION_SECRET: /);
  });

  it("may be the output of the documented commands", () => {
    for (let i = 0; i < 300; i++) {
      for (const form of ["base64", "base64url", "hex"] as const)
        expect(parseEnv({ ...COMPLETE, JWT_SECRET: randomBytes(32).toString(form) })).toBeDefined();
    }
  });
});

describe("DATABASE_URL", () => {
  it.each([
    LOCAL,
    "postgres://tock@127.0.0.1:5433/tock",
    "postgresql://tock@[::1]/tock",
    "postgresql:///tock?host=/var/run/postgresql",
    "postgresql://tock:hush@db.example.org/tock?sslmode=require",
    "postgresql://tock:hush@db.example.org/tock?sslmode=verify-full&application_name=x",
    "postgresql://tock:hush@db.example.org/tock?channel_binding=require&sslmode=verify-ca",
    "postgresql://tock:hush@postgres/tock?sslmode=disable",
  ])("accepts %s", (DATABASE_URL) => {
    expect(parseEnv({ ...COMPLETE, DATABASE_URL }).DATABASE_URL).toBe(DATABASE_URL);
  });

  it.each([
    "postgresql://tock:hush@db.example.org/tock",
    "postgresql://tock:hush@db.example.org/tock?sslmode=prefer",
    "postgresql://tock:hush@db.example.org/tock?sslmode=allow",
    "postgresql://tock:hush@db.example.org/tock?sslmode=",
    "postgresql://tock:hush@127.0.0.1.example.org/tock",
    "postgresql://tock:hush@localhost.example.org/tock",
    "postgresql://tock:hush@10.0.0.5/tock",
    "postgresql://tock:hush@localhost/tock?host=db.example.org",
    "postgresql://tock:hush@db.example.org/tock?sslmode=require&uselibpqcompat=true",
    "mysql://tock:hush@localhost/tock",
    "tock:hush@localhost",
    "localhost",
  ])("rejects %s in one line without the password", (DATABASE_URL) => {
    const message = errorOf({ ...COMPLETE, DATABASE_URL });
    expect(message).toMatch(/^DATABASE_URL: /);
    expect(message).not.toContain("hush");
    expect(message).not.toContain("\n");
  });

  it.each(["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]", ""])("isLocalHost accepts %j", (host) => {
    expect(isLocalHost(host)).toBe(true);
  });
  it.each(["0.0.0.0", "128.0.0.1", "127.0.0.1.example.org", "localhost.", "::2", "postgres"])(
    "isLocalHost rejects %j",
    (host) => {
      expect(isLocalHost(host)).toBe(false);
    },
  );
});

describe("MIGRATION_DATABASE_URL", () => {
  it.each([
    ["of the web server", parseEnv],
    ["of the command line", parseCliEnv],
  ])("needs DATABASE_URL, and the rules of a database URL, in the environment %s", (_, parse) => {
    const owner = "postgresql://owner:hush@localhost/tock";
    expect(errorOf({ ...SECRETS, MIGRATION_DATABASE_URL: owner }, parse)).toMatch(
      /^MIGRATION_DATABASE_URL: needs DATABASE_URL/,
    );
    expect(parse({ ...COMPLETE, MIGRATION_DATABASE_URL: owner }).MIGRATION_DATABASE_URL).toBe(owner);
    const remote = { ...COMPLETE, MIGRATION_DATABASE_URL: "postgresql://owner:hush@db.example.org/tock" };
    expect(errorOf(remote, parse)).toMatch(/^MIGRATION_DATABASE_URL: must set sslmode/);
  });
});

describe("every other variable", () => {
  it.each<[string, string]>([
    ["PORT", "http"],
    ["PORT", "-1"],
    ["PORT", "65536"],
    ["PORT", "80.5"],
    ["TRUST_PROXY", "true"],
    ["TRUST_PROXY", "-1"],
    ["WEB_CONCURRENCY", "0"],
    ["WEB_CONCURRENCY", "65"],
    ["DB_POOL_MIN", "-1"],
    ["DB_POOL_MAX", "0"],
    ["DB_POOL_OVERFLOW", "many"],
    ["DB_POOL_TIMEOUT_MS", "soon"],
    ["RATE_LIMIT_AUTH_PER_MINUTE", "0"],
    ["RATE_LIMIT_TASKS_PER_MINUTE", "1.5"],
    ["SHUTDOWN_DELAY_MS", "60001"],
    ["SHUTDOWN_DELAY_MS", "0.5"],
    ["LOG_LEVEL", "loud"],
    ["APP_URL", "tock.example.org"],
    ["APP_URL", "ftp://tock.example.org"],
    ["APP_URL", "https://tock.example.org/path"],
    ["APP_URL", "https://tock.example.org?x=1"],
    ["REDIS_URL", "http://localhost"],
    ["REDIS_URL", "localhost:6379"],
    ["FRAME_ANCESTORS", " "],
    ["FRAME_ANCESTORS", "'none'; script-src *"],
    ["FRAME_ANCESTORS", "https://a.example\nSet-Cookie: x"],
  ])("%s=%j is rejected in one line that names the variable and what it needs", (name, value) => {
    const message = errorOf({ ...COMPLETE, [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: .{10,}\\.$`));
    expect(message).not.toContain("\n");
  });

  it("DB_POOL_MAX must not be less than WEB_CONCURRENCY", () => {
    expect(errorOf({ ...COMPLETE, WEB_CONCURRENCY: "21" })).toMatch(/^DB_POOL_MAX: .*WEB_CONCURRENCY/);
  });

  it("DB_POOL_MIN must not exceed DB_POOL_MAX", () => {
    expect(errorOf({ ...COMPLETE, DB_POOL_MIN: "21" })).toMatch(/^DB_POOL_MIN: /);
  });

  it("APP_URL is normalized to a bare origin", () => {
    for (const APP_URL of ["https://Tock.example.org/", "https://tock.example.org:443"]) {
      expect(parseEnv({ ...COMPLETE, APP_URL }).APP_URL).toBe("https://tock.example.org");
    }
  });

  it("an empty value counts as absent", () => {
    const env = parseEnv({ ...COMPLETE, PORT: "", APP_URL: "", REDIS_URL: "", LOG_LEVEL: "" });
    expect([env.PORT, env.APP_URL, env.REDIS_URL, env.LOG_LEVEL]).toEqual([
      7860,
      undefined,
      undefined,
      "info",
    ]);
  });

  it("the parsed environment is frozen", () => {
    const env = parseEnv(COMPLETE);
    expect(() => Object.assign(env, { PORT: 1 })).toThrow(TypeError);
  });
});

it("all missing secrets are named in one line", () => {
  expect(errorOf({ DATABASE_URL: LOCAL })).toMatch(
    /^JWT_SECRET, SESSION_SECRET, BETTER_AUTH_SECRET: .*required/,
  );
  const { JWT_SECRET: _, ...two } = COMPLETE;
  expect(errorOf({ ...two, BETTER_AUTH_SECRET: "" })).toMatch(/^JWT_SECRET, BETTER_AUTH_SECRET: .*required/);
});

describe("HF_SPACE_SECRETS", () => {
  it.each([
    ["lines that start with export", `export DATABASE_URL=${LOCAL}\nexport PORT="8080"`],
    ["quoted values", `DATABASE_URL='${LOCAL}'\nPORT="8080"`],
    ["spaces around the equals sign", `DATABASE_URL = ${LOCAL}\nPORT = 8080`],
    ["JSON with a number", JSON.stringify({ DATABASE_URL: LOCAL, PORT: 8080 })],
    ["JSON with a boolean", JSON.stringify({ DATABASE_URL: LOCAL, PORT: "8080", DB_PGBOUNCER: true })],
  ])("accepts %s", (_, HF_SPACE_SECRETS) => {
    const env = parseEnv({ ...SECRETS, HF_SPACE_SECRETS });
    expect([env.DATABASE_URL, env.PORT]).toEqual([LOCAL, 8080]);
  });

  it.each([
    "export PORT",
    "set PORT=1",
    "PO RT=1",
    "1PORT=1",
    '{"PORT":null}',
    '{"PORT":[1]}',
    '{"PO RT":"1"}',
  ])("rejects %s, which names no variable or has no value", (HF_SPACE_SECRETS) => {
    expect(errorOf({ ...COMPLETE, HF_SPACE_SECRETS })).toMatch(/^HF_SPACE_SECRETS: /);
  });

  it.each([
    ["a JSON object", JSON.stringify({ ...SECRETS, PORT: "1234", LOG_LEVEL: "warn" })],
    [
      "KEY=value lines",
      `# secrets\n\n${Object.entries({ ...SECRETS, PORT: "1234", LOG_LEVEL: "warn" })
        .map((pair) => pair.join("="))
        .join("\r\n")}\n`,
    ],
  ])("as %s is overridden by real variables", (_, HF_SPACE_SECRETS) => {
    const env = parseEnv({ DATABASE_URL: LOCAL, HF_SPACE_SECRETS, LOG_LEVEL: "error", PORT: "" });
    expect(env).toMatchObject({ JWT_SECRET: [SECRETS.JWT_SECRET], PORT: 1234, LOG_LEVEL: "error" });
  });

  it("allows an equals sign in a value, and its invalid variables are named", () => {
    const HF_SPACE_SECRETS = `JWT_SECRET=a-secret-that-ends-in-two-equals-012==\nPORT=none`;
    expect(
      parseEnv({ ...COMPLETE, JWT_SECRET: "", HF_SPACE_SECRETS: HF_SPACE_SECRETS.split("\n")[0] }).JWT_SECRET,
    ).toEqual([expect.stringMatching(/==$/)]);
    expect(errorOf({ ...COMPLETE, HF_SPACE_SECRETS })).toMatch(/^PORT: /);
  });

  it.each(["{", "{]", "[]x", "just words", `{"JWT_SECRET": {"nested": true}}`, "=value"])(
    "%j is rejected in one line",
    (HF_SPACE_SECRETS) => {
      const message = errorOf({ ...COMPLETE, HF_SPACE_SECRETS });
      expect(message).toMatch(/^HF_SPACE_SECRETS: /);
      expect(message).not.toContain("\n");
    },
  );
});

describe("the environment of the command line", () => {
  const unused = { JWT_SECRET: "short", PORT: "8000", DB_POOL_MIN: "many", LOG_LEVEL: "loud" };

  it("needs no secrets with DATABASE_URL, and ignores variables of the web server", () => {
    expect(parseCliEnv({ ...unused, DATABASE_URL: LOCAL })).toEqual({
      DATABASE_URL: LOCAL,
      DATA_DIR: ".data",
      PORT: 8000,
      TASKS_PER_USER_MAX: 50_000,
    });
  });

  it("generates no secrets without DATABASE_URL", () => {
    const DATA_DIR = join(folder, "cli");
    expect(parseCliEnv({ DATA_DIR })).toEqual({ DATA_DIR, PORT: 7860, TASKS_PER_USER_MAX: 50_000 });
    expect(existsSync(DATA_DIR)).toBe(false);
  });

  it("reads HF_SPACE_SECRETS beneath the real variables", () => {
    const HF_SPACE_SECRETS = `DATABASE_URL=${LOCAL}\nDATA_DIR=/elsewhere`;
    expect(parseCliEnv({ HF_SPACE_SECRETS, DATA_DIR: folder })).toMatchObject({
      DATABASE_URL: LOCAL,
      DATA_DIR: folder,
    });
  });

  it("rejects an invalid DATABASE_URL in one line without the password", () => {
    const message = errorOf({ DATABASE_URL: "postgresql://tock:hush@db.example.org/tock" }, parseCliEnv);
    expect(message).toMatch(/^DATABASE_URL: /);
    expect(message).not.toMatch(/hush|\n/);
  });
});

describe("the mail server", () => {
  const MAIL = {
    ...COMPLETE,
    SMTP_URL: "smtps://tock:p%40ss@mail.example.org",
    MAIL_FROM: "tock@example.org",
    APP_URL: "https://tock.example.org",
  };
  const smtp = (SMTP_URL: string) => parseEnv({ ...MAIL, SMTP_URL }).SMTP_URL;
  const TLS = { requireTLS: false, ignoreTLS: false };

  it("SMTP_URL uses TLS from the beginning, or STARTTLS, except on this machine and where it is disabled", () => {
    const remote = { host: "mail.example.org", secure: false, ...TLS };
    expect(smtp(MAIL.SMTP_URL)).toEqual({
      ...remote,
      port: 465,
      secure: true,
      auth: { user: "tock", pass: "p@ss" },
    });
    expect(smtp("smtp://mail.example.org")).toEqual({ ...remote, port: 587, requireTLS: true });
    expect(smtp("smtp://mail.example.org:25/?tls=disable")).toEqual({ ...remote, port: 25, ignoreTLS: true });
    expect(smtp("smtp://[::1]:1025")).toEqual({ ...remote, host: "::1", port: 1025, ignoreTLS: true });
  });

  it("MAIL_FROM is an address, with or without a name", () => {
    const from = (MAIL_FROM: string) => parseEnv({ ...MAIL, MAIL_FROM }).MAIL_FROM;
    expect(from("tock@example.org")).toEqual({ name: "Tock", address: "tock@example.org" });
    expect(from("Our list <tock@example.org>")).toEqual({ name: "Our list", address: "tock@example.org" });
    for (const wrong of ["tock", "Tock <tock>", "a@b.org, c@d.org", "Tock <a@b.org>\r\nBcc: c@d.org"])
      expect(errorOf({ ...MAIL, MAIL_FROM: wrong })).toMatch(/^MAIL_FROM: must be an address such as /);
  });

  it.each([
    "mail.example.org",
    "https://mail.example.org",
    "smtp://",
    "smtp://mail.example.org/inbox",
    "smtp://user:hush%zz@mail.example.org",
    "smtp://mail.example.org?logger=true",
    "smtps://mail.example.org?tls=disable",
  ])("SMTP_URL rejects %j without repeating it", (url) => {
    const message = errorOf({ ...MAIL, SMTP_URL: url });
    expect(message).toMatch(/^SMTP_URL: (must|may) .*\.$/);
    expect(message).not.toContain("hush");
  });

  it("needs a sender and the public origin, and a sender needs it", () => {
    expect(errorOf({ ...MAIL, MAIL_FROM: "" })).toMatch(/^MAIL_FROM: is required with SMTP_URL/);
    expect(errorOf({ ...MAIL, APP_URL: "" })).toMatch(/^APP_URL: is required with SMTP_URL/);
    expect(errorOf({ ...MAIL, SMTP_URL: "" })).toMatch(/^MAIL_FROM: needs SMTP_URL/);
  });
});

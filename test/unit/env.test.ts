import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { EnvError, isLocalHost, parseEnv } from "#app/env.server.ts";

const SECRETS = {
  JWT_SECRET: "jwt-secret-of-the-unit-tests-0123456789",
  SESSION_SECRET: "session-secret-of-the-unit-tests-0123456",
  BETTER_AUTH_SECRET: "identity-secret-of-the-unit-tests-012345",
};
const LOCAL = "postgresql://tock:hush@localhost/tock";
const COMPLETE = { DATABASE_URL: LOCAL, ...SECRETS };
const folder = mkdtempSync(join(tmpdir(), "tock-env-"));
afterAll(() => rmSync(folder, { recursive: true }));

const refusal = (source: Record<string, string | undefined>): string => {
  try {
    parseEnv(source);
  } catch (error) {
    expect(error).toBeInstanceOf(EnvError);
    return (error as EnvError).message;
  }
  throw new Error("The environment was accepted.");
};

describe("with nothing configured", () => {
  it("everything has the default that the contract names, and the secrets are made", () => {
    const { JWT_SECRET, SESSION_SECRET, BETTER_AUTH_SECRET, ...rest } = parseEnv({ DATA_DIR: folder });
    expect(rest).toEqual({
      PORT: 7860,
      HOST: "0.0.0.0",
      DATA_DIR: folder,
      TRUST_PROXY: 0,
      DB_POOL_MIN: 10,
      DB_POOL_MAX: 20,
      DB_POOL_OVERFLOW: 30,
      DB_POOL_TIMEOUT_MS: 30_000,
      RATE_LIMIT_AUTH_PER_MINUTE: 5,
      RATE_LIMIT_TASKS_PER_MINUTE: 100,
      FRAME_ANCESTORS: "'none'",
      SHUTDOWN_DELAY_MS: 500,
      LOG_LEVEL: "info",
    });
    const secrets = [JWT_SECRET, ...SESSION_SECRET, BETTER_AUTH_SECRET];
    expect(new Set(secrets).size).toBe(3);
    for (const secret of secrets) expect(secret.length).toBeGreaterThanOrEqual(32);
    expect(parseEnv({ DATA_DIR: folder })).toMatchObject({ JWT_SECRET, SESSION_SECRET, BETTER_AUTH_SECRET });
  });

  it("FRAME_ANCESTORS stays closed with blanks around it", () => {
    expect(parseEnv({ ...COMPLETE, FRAME_ANCESTORS: " 'none' " }).FRAME_ANCESTORS).toBe("'none'");
  });

  it("DATA_DIR is .data", () => {
    expect(parseEnv(COMPLETE).DATA_DIR).toBe(".data");
  });
});

describe("a secret", () => {
  it.each(["JWT_SECRET", "SESSION_SECRET", "BETTER_AUTH_SECRET"] as const)(
    "%s has no default with DATABASE_URL",
    (name) => {
      expect(refusal({ ...COMPLETE, [name]: undefined })).toMatch(new RegExp(`^${name}: .*required`));
      expect(refusal({ ...COMPLETE, [name]: "" })).toMatch(new RegExp(`^${name}: `));
    },
  );

  it.each(["JWT_SECRET", "SESSION_SECRET", "BETTER_AUTH_SECRET"] as const)(
    "%s has 32 characters at least, and a refusal does not repeat it",
    (name) => {
      const short = SECRETS[name].slice(0, 31);
      const message = refusal({ ...COMPLETE, [name]: short });
      expect(message).toMatch(new RegExp(`^${name}: .*32`));
      expect(message).not.toContain(short);
      expect(parseEnv({ ...COMPLETE, [name]: `${SECRETS[name].slice(0, 27)}-ends` })).toBeDefined();
    },
  );

  it("SESSION_SECRET is a list, newest first, every one of it as long", () => {
    const list = `${SECRETS.SESSION_SECRET} , older-secret-of-the-unit-tests-01234567`;
    expect(parseEnv({ ...COMPLETE, SESSION_SECRET: list }).SESSION_SECRET).toEqual([
      SECRETS.SESSION_SECRET,
      "older-secret-of-the-unit-tests-01234567",
    ]);
    for (const poor of ["short", "", " "]) {
      expect(refusal({ ...COMPLETE, SESSION_SECRET: `${SECRETS.SESSION_SECRET},${poor}` })).toMatch(
        /^SESSION_SECRET: /,
      );
    }
  });

  it("is not one that everybody can guess, nor the same as another", () => {
    expect(refusal({ ...COMPLETE, JWT_SECRET: "please-change-me-please-change-me-please" })).toMatch(
      /^JWT_SECRET: /,
    );
    expect(refusal({ ...COMPLETE, JWT_SECRET: SECRETS.BETTER_AUTH_SECRET })).toMatch(
      /^(JWT|BETTER_AUTH)_SECRET: /,
    );
  });

  it.each([
    "replace-me-replace-me-replace-me-123456",
    "your-secret-key-at-least-32-characters!!",
    "example.0123456789.abcdefghij.klmnopqrst",
    " ".repeat(40),
  ])("%j is refused as any of the three, in a line that does not repeat it", (value) => {
    for (const name of ["JWT_SECRET", "SESSION_SECRET", "BETTER_AUTH_SECRET"]) {
      const message = refusal({ ...COMPLETE, [name]: value });
      expect(message).toMatch(new RegExp(`^${name}: `));
      expect(message).not.toContain(value);
    }
    const list = `${SECRETS.SESSION_SECRET},${value}`;
    expect(refusal({ ...COMPLETE, SESSION_SECRET: list })).toMatch(/^SESSION_SECRET: /);
  });

  it("may be whatever the commands make that people are told to use", () => {
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
  ])("may be %s", (DATABASE_URL) => {
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
    "mysql://tock:hush@localhost/tock",
    "tock:hush@localhost",
    "localhost",
  ])("may not be %s, and the line that says so keeps the password", (DATABASE_URL) => {
    const message = refusal({ ...COMPLETE, DATABASE_URL });
    expect(message).toMatch(/^DATABASE_URL: /);
    expect(message).not.toContain("hush");
    expect(message).not.toContain("\n");
  });

  it.each(["localhost", "127.0.0.1", "127.8.9.10", "::1", "[::1]", ""])("%j is this machine", (host) => {
    expect(isLocalHost(host)).toBe(true);
  });
  it.each(["0.0.0.0", "128.0.0.1", "127.0.0.1.example.org", "localhost.", "::2", "postgres"])(
    "%j is another one",
    (host) => {
      expect(isLocalHost(host)).toBe(false);
    },
  );
});

describe("every other variable", () => {
  it.each<[string, string]>([
    ["PORT", "http"],
    ["PORT", "-1"],
    ["PORT", "65536"],
    ["PORT", "80.5"],
    ["TRUST_PROXY", "true"],
    ["TRUST_PROXY", "-1"],
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
  ])("%s=%j is refused in one line that names it and says what it needs", (name, value) => {
    const message = refusal({ ...COMPLETE, [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: .{10,}\\.$`));
    expect(message).not.toContain("\n");
  });

  it("DB_POOL_MIN is no greater than DB_POOL_MAX", () => {
    expect(refusal({ ...COMPLETE, DB_POOL_MIN: "21" })).toMatch(/^DB_POOL_MIN: /);
  });

  it("APP_URL is kept as a bare origin", () => {
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

  it("what was parsed cannot be changed", () => {
    const env = parseEnv(COMPLETE);
    expect(() => Object.assign(env, { PORT: 1 })).toThrow(TypeError);
  });
});

describe("HF_SPACE_SECRETS", () => {
  it.each([
    ["a JSON object", JSON.stringify({ ...SECRETS, PORT: "1234", LOG_LEVEL: "warn" })],
    [
      "KEY=value lines",
      `# secrets\n\n${Object.entries({ ...SECRETS, PORT: "1234", LOG_LEVEL: "warn" })
        .map((pair) => pair.join("="))
        .join("\r\n")}\n`,
    ],
  ])("as %s lies underneath the real variables", (_, HF_SPACE_SECRETS) => {
    const env = parseEnv({ DATABASE_URL: LOCAL, HF_SPACE_SECRETS, LOG_LEVEL: "error", PORT: "" });
    expect(env).toMatchObject({ JWT_SECRET: SECRETS.JWT_SECRET, PORT: 1234, LOG_LEVEL: "error" });
  });

  it("a value may hold an equals sign, and a variable that is still wrong is named", () => {
    const HF_SPACE_SECRETS = `JWT_SECRET=a-secret-that-ends-in-two-equals-012==\nPORT=none`;
    expect(
      parseEnv({ ...COMPLETE, JWT_SECRET: "", HF_SPACE_SECRETS: HF_SPACE_SECRETS.split("\n")[0] }).JWT_SECRET,
    ).toMatch(/==$/);
    expect(refusal({ ...COMPLETE, HF_SPACE_SECRETS })).toMatch(/^PORT: /);
  });

  it.each(["{", "{]", "[]x", "just words", `{"JWT_SECRET": {"nested": true}}`, "=value"])(
    "%j is refused in one line",
    (HF_SPACE_SECRETS) => {
      const message = refusal({ ...COMPLETE, HF_SPACE_SECRETS });
      expect(message).toMatch(/^HF_SPACE_SECRETS: /);
      expect(message).not.toContain("\n");
    },
  );
});

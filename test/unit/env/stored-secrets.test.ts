import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadOrCreateSecrets } from "#app/env/stored-secrets.server.ts";

/** The order of calls that decides what is on the disk after a power loss. Each call reaches the file system. */
const { calls } = vi.hoisted(() => ({ calls: [] as string[] }));
vi.mock("node:fs", async (importOriginal) => {
  const fs = await importOriginal<typeof import("node:fs")>();
  const paths = new Map<number, string>();
  return {
    ...fs,
    openSync: (path: string, flags: string) => {
      const descriptor = fs.openSync(path, flags);
      paths.set(descriptor, path);
      return descriptor;
    },
    fsyncSync: (descriptor: number) => {
      fs.fsyncSync(descriptor);
      calls.push(`fsync ${paths.get(descriptor)}`);
    },
    linkSync: (from: string, to: string) => {
      fs.linkSync(from, to);
      calls.push(`link ${to}`);
    },
  };
});

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tock-secrets-"));
  file = join(folder, "deep", "er", "secrets.json");
});
afterEach(() => rmSync(folder, { recursive: true }));
const load = () => loadOrCreateSecrets(join(folder, "deep", "er"));

describe("loadOrCreateSecrets", () => {
  it("generates distinct secrets once per instance and loads them again", () => {
    const first = load();
    expect(load()).toEqual(first);
    const values = Object.values(first);
    expect(Object.keys(first).sort()).toEqual(["BETTER_AUTH_SECRET", "JWT_SECRET", "SESSION_SECRET"]);
    expect(new Set([...values, ...Object.values(loadOrCreateSecrets(join(folder, "other")))]).size).toBe(6);
    for (const value of values) expect(Buffer.from(value, "base64url").length).toBeGreaterThanOrEqual(32);
  });

  it("restricts the file to its owner, even after its mode was widened", () => {
    load();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    load();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("flushes the file before it gets its name, and then the folder", () => {
    calls.length = 0;
    load();
    expect(calls).toEqual([
      `fsync ${file}.${process.pid}`,
      `link ${file}`,
      `fsync ${join(folder, "deep", "er")}`,
    ]);
  });

  it("leaves no draft files", () => {
    load();
    load();
    expect(readdirSync(join(folder, "deep", "er"))).toEqual(["secrets.json"]);
  });

  it.each([
    ["", "it is not valid JSON"],
    ["{", "it is not valid JSON"],
    ["{}", "JWT_SECRET must be a text of at least 32 characters"],
    [`{"JWT_SECRET": "hush"}`, "JWT_SECRET must be a text of at least 32 characters"],
    ["[]", "it must be an object of secrets"],
  ])("rejects a damaged file (%j) in one line that says why, and does not replace it", (text, reason) => {
    load();
    writeFileSync(file, text);
    expect(load).toThrow(
      `DATA_DIR: ${file} is damaged: ${reason}. Correct it, or take it from a backup. Removing it signs out all users and makes all second factors unreadable.`,
    );
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Lock, lintLock, lintReasons } from "../../runner/lint-dependencies.ts";

const readLock = (): Lock => JSON.parse(readFileSync("package-lock.json", "utf8"));

describe("lintLock", () => {
  it("accepts package-lock.json of this repository", () => {
    expect(lintLock(readLock())).toEqual([]);
  });

  it.each([
    ["a package without a checksum", { integrity: undefined }],
    ["a SHA-1 checksum", { integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }],
    ["a linked folder", { link: true }],
    ["an alias of another package", { name: "pgg" }],
  ])("rejects %s", (_, change) => {
    const lock = readLock();
    Object.assign(lock.packages["node_modules/pg"] ?? {}, change);
    expect(lintLock(lock)).toEqual([expect.stringMatching(/^node_modules\/pg: /)]);
  });
});

describe("lintReasons", () => {
  const manifest = (dependencies: Record<string, string>, devDependencies: Record<string, string> = {}) => ({
    dependencies,
    devDependencies,
  });
  const TEXT =
    "## Production packages\n\n| package | why |\n|---|---|\n| `pg` | the driver |\n\n## More\n\n| `x` | y |\n";

  it("accepts a table with a reason for every one of the dependencies", () => {
    expect(lintReasons(manifest({ pg: "8" }), TEXT)).toEqual([]);
  });

  it("accepts a reason for a package that the build bundles", () => {
    expect(lintReasons(manifest({}, { pg: "8" }), TEXT)).toEqual([]);
  });

  it("rejects a dependency without a reason, and a reason without a dependency", () => {
    expect(lintReasons(manifest({ pg: "8", knex: "3" }), TEXT)).toEqual([expect.stringMatching(/^knex: /)]);
    expect(lintReasons(manifest({}), TEXT)).toEqual([expect.stringMatching(/^pg: /)]);
    expect(lintReasons(manifest({ pg: "8" }), TEXT.replace("the driver", " "))).toEqual([
      expect.stringMatching(/^pg: /),
    ]);
    expect(lintReasons(manifest({ pg: "8" }), "")).toEqual([expect.stringMatching(/^pg: /)]);
  });
});

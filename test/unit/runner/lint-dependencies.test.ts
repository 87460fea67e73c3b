import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Lock, lintLock, lintReasons } from "../../runner/lint-dependencies.ts";

const sound = (): Lock => JSON.parse(readFileSync("package-lock.json", "utf8"));

describe("the lock file", () => {
  it("is sound", () => {
    expect(lintLock(sound())).toEqual([]);
  });

  it.each([
    ["a package without a checksum", { integrity: undefined }],
    ["a checksum that can be forged", { integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }],
    ["a folder in a package's place", { link: true }],
    ["another package under its name", { name: "pgg" }],
  ])("is not with %s", (_, change) => {
    const lock = sound();
    Object.assign(lock.packages["node_modules/pg"] ?? {}, change);
    expect(lintLock(lock)).toEqual([expect.stringMatching(/^node_modules\/pg: /)]);
  });
});

describe("the table of production dependencies", () => {
  const TEXT =
    "## Production dependencies\n\n| package | why |\n|---|---|\n| `pg` | the driver |\n\n## More\n\n| `x` | y |\n";

  it("agrees with package.json", () => {
    expect(lintReasons({ pg: "8" }, TEXT)).toEqual([]);
  });

  it("does not, when one has no reason, or one is gone", () => {
    expect(lintReasons({ pg: "8", knex: "3" }, TEXT)).toEqual([expect.stringMatching(/^knex: /)]);
    expect(lintReasons({}, TEXT)).toEqual([expect.stringMatching(/^pg: /)]);
    expect(lintReasons({ pg: "8" }, TEXT.replace("the driver", " "))).toEqual([
      expect.stringMatching(/^pg: /),
    ]);
    expect(lintReasons({ pg: "8" }, "")).toEqual([expect.stringMatching(/^pg: /)]);
  });
});

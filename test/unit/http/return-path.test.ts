import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { TEST_SECRETS } from "../../support/app-server.ts";

let safePath: typeof import("#app/http/pages/return-path.server.ts").safePath;
beforeAll(async () => {
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" });
  ({ safePath } = await import("#app/http/pages/return-path.server.ts"));
});

describe("safePath", () => {
  it.each(["/", "/dashboard", "/dashboard?page=2&show=done", "/tasks/1#top", "/a//b", "/%C3%A4?x=%0d"])(
    "returns %s, a path of this site",
    (path) => {
      expect(safePath(path, "/fallback")).toBe(path);
    },
  );

  it.each([
    "",
    null,
    undefined,
    "dashboard",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/a\\b",
    "/a\u0000b",
    "/a\r\nSet-Cookie: x=y",
    "/\u0085/x",
    // A Location header cannot hold these letters.
    "/ä",
    "/日本?x=%0d",
  ])("replaces %j by the fallback", (path) => {
    expect(safePath(path, "/fallback")).toBe("/fallback");
  });

  it("returns only paths that a browser resolves to this site", () => {
    const pieces = fc.array(
      fc.constantFrom(
        "/",
        "\\",
        "\t",
        "\n",
        "\r",
        " ",
        ".",
        "..",
        "@",
        ":",
        "?",
        "#",
        "%2f",
        "%5c",
        "evil.example",
        "https",
        "javascript",
        "\u0000",
        "\u0085",
        "\u3000",
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "grapheme" }),
          fc.string({ unit: "binary" }),
          pieces.map((all) => all.join("")),
        ),
        (path) => {
          const target = new URL(safePath(path, "/fallback"), "https://tock.example.org");
          expect(target.origin).toBe("https://tock.example.org");
        },
      ),
      { numRuns: 2000 },
    );
  });
});

import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { FormContext } from "#app/http/pages/page-route.server.ts";
import { TEST_SECRETS } from "../../../support/app-server.ts";

let safePath: typeof import("#app/http/pages/return-path.server.ts").safePath;
let rowFragment: typeof import("#app/http/pages/return-path.server.ts").rowFragment;
beforeAll(async () => {
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" });
  ({ safePath, rowFragment } = await import("#app/http/pages/return-path.server.ts"));
});

describe("rowFragment", () => {
  it.each([
    ["a navigation", { "Sec-Fetch-Mode": "navigate" }, "#task-7"],
    [
      "a navigation to a plain http address",
      { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" },
      "#task-7",
    ],
    ["a script", { "Sec-Fetch-Mode": "cors", Accept: "*/*" }, ""],
    ["a script on a plain http address", { Accept: "*/*" }, ""],
  ])("for %s with the headers %j is %j", (_, headers, expected) => {
    const request = new Request("http://localhost/dashboard", { headers });
    const form = { intent: "complete", get: () => "7" };
    expect(rowFragment({ request, form, params: {} } as unknown as FormContext)).toBe(expected);
  });
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

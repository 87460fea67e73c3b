import { readdirSync, readFileSync } from "node:fs";
import { UNSAFE_ErrorResponseImpl as ErrorResponse } from "@remix-run/router";
import { beforeAll, describe, expect, it } from "vitest";
import { AppError } from "#app/errors.ts";
import { TEST_SECRETS } from "../../support/app-server.ts";

type Wrappers = typeof import("#app/http/pages/page-route.server.ts");
let wrappers: Wrappers;
beforeAll(async () => {
  Object.assign(process.env, TEST_SECRETS, {
    DATABASE_URL: "postgresql://localhost/none",
    LOG_LEVEL: "silent",
  });
  wrappers = await import("#app/http/pages/page-route.server.ts");
});

/*
 * GHSA-337j-9hxr-rhxg: when a page is brought to life, the browser calls whichever constructor an error says it is an
 * instance of. In production Remix says only "Error"; a loader that throws a plain object would be let through as it
 * is, and with it a name that somebody else chose.
 */
describe("whatever a route throws, the browser is told of an answer, never of an object to be constructed", () => {
  const args = () =>
    ({
      request: new Request("http://localhost/x", { method: "POST", body: new URLSearchParams({ a: "b" }) }),
      params: {},
      context: {
        requestId: "r",
        nonce: "n",
        origin: "http://localhost",
        client: { address: "", userAgent: "" },
      },
    }) as never;
  const FORGED = { __type: "Error", __subType: "Function", message: "alert(1)", stack: "" };

  it.each([
    ["a plain object", FORGED],
    [
      "an error that calls itself something else",
      Object.assign(new Error("alert(1)"), { ...FORGED, name: "Function" }),
    ],
    ["text", "alert(1)"],
    ["nothing", undefined],
    ["a failure that was foreseen", new AppError("BAD_REQUEST", "alert(1)")],
  ])("%s", async (_, thrown) => {
    const fail = async () => {
      throw thrown;
    };
    for (const wrapped of [wrappers.pageLoader(fail), wrappers.pageAction(fail)]) {
      const answer = (await wrapped(args()).catch((error: unknown) => error)) as Record<string, unknown>;
      expect(answer.type).toBe("DataWithResponseInit");
      expect(Object.keys(answer.data as object).sort()).toEqual(["code", "message", "words"]);
      // As Remix hands it on: its own kind, set last, whatever the rest is called.
      const sent = { ...new ErrorResponse(500, "", answer.data), __type: "RouteErrorResponse" };
      expect(sent).not.toHaveProperty("__subType");
      if (!(thrown instanceof Error && thrown.name === "AppError"))
        expect(JSON.stringify(answer.data)).not.toContain("alert");
    }
  });

  it("and no route does without the wrappers", () => {
    for (const file of readdirSync("app/routes")) {
      const source = readFileSync(`app/routes/${file}`, "utf8");
      for (const [line] of source.matchAll(/^export .*\b(loader|action)\b.*$/gm))
        expect(`${file}: ${line}`).toMatch(/= (pageLoader|pageAction|noForm|api|route\.(loader|action))\b/);
      if (source.includes("route.loader")) expect(source, file).toMatch(/const route = api\(/);
      expect(source, file).not.toMatch(/clientLoader|\bdefer\(/);
    }
  });
});

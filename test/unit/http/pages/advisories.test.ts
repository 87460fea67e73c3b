import type { AppLoadContext } from "@remix-run/node";
import { UNSAFE_ErrorResponseImpl as ErrorResponse } from "@remix-run/router";
import { beforeAll, describe, expect, it } from "vitest";
import { AppError } from "#app/errors.ts";
import { log } from "#app/log.server.ts";
import { TEST_SECRETS } from "../../../support/app-server.ts";

/*
 * GHSA-337j-9hxr-rhxg: during hydration the browser calls the constructor that a serialized error names. A loader that
 * throws a plain object would let an attacker choose that name. So every loader and action must convert what it throws.
 */
type Handler = (args: unknown) => Promise<unknown>;
type RouteModule = Record<string, unknown> & { loader?: Handler; action?: Handler };
type Wrappers = typeof import("#app/http/pages/page-route.server.ts");

const FORGED = { __type: "Error", __subType: "Function", message: "alert(1)", stack: "" };
const modules = import.meta.glob<RouteModule>(["../../../../app/root.tsx", "../../../../app/routes/*"]);
const files = Object.keys(modules);
const pages = files.filter((file) => file.endsWith(".tsx"));
const resourceRoutes = files.filter((file) => file.endsWith(".ts"));

let wrappers: Wrappers;
beforeAll(async () => {
  Object.assign(process.env, TEST_SECRETS, { DATABASE_URL: "postgresql://localhost/none" });
  log.level = "silent";
  wrappers = await import("#app/http/pages/page-route.server.ts");
});

const load = async (file: string): Promise<RouteModule> => (await modules[file]?.()) ?? {};

const context = (error: unknown): AppLoadContext => ({
  requestId: "r",
  nonce: "n",
  origin: "http://localhost",
  client: { ipAddress: "", userAgent: "", requestId: "" },
  closeConnection: () => undefined,
  pageSession: { kind: "unavailable", error },
});
const formRequest = () =>
  new Request("http://localhost/x", { method: "POST", body: new URLSearchParams({ a: "b" }) });

/** Expects the thrown value of a page to become a RouteErrorResponse without a constructor name. */
function expectErrorPage(thrown: unknown): void {
  const { type, data } = thrown as { type: unknown; data: object };
  expect(type).toBe("DataWithResponseInit");
  expect(Object.keys(data).sort()).toEqual(["code", "explanation", "message"]);
  // Remix serializes it like this: its own type is set last and replaces any other.
  const sent = { ...new ErrorResponse(500, "", data), __type: "RouteErrorResponse" };
  expect(sent).not.toHaveProperty("__subType");
}

describe("page wrappers convert what a page throws to an error page", () => {
  it.each([
    ["a plain object", FORGED],
    ["an error with a forged name", Object.assign(new Error("alert(1)"), { ...FORGED, name: "Function" })],
    ["a string", "alert(1)"],
    ["undefined", undefined],
    ["an AppError", new AppError("BAD_REQUEST", "alert(1)")],
  ])("%s", async (_, thrown) => {
    const fail = async () => {
      throw thrown;
    };
    for (const wrapped of [wrappers.pageLoader(fail), wrappers.pageAction(fail)]) {
      const args = { request: formRequest(), params: {}, context: context(undefined) };
      const error = await wrapped(args).catch((error: unknown) => error);
      expectErrorPage(error);
      if (!(thrown instanceof AppError)) expect(JSON.stringify(error)).not.toContain("alert");
    }
  });
});

/** Pages of people who cannot sign in: they look up no session before their work is done. */
const WITHOUT_SESSION = /\/(forgot-password(_\.sent)?|reset-password|confirm-email)\.tsx$/;

/** Leaves out what looks up no session: the action for unknown paths returns a form failure, the API reference is public. */
function handlersWithSession<H>(file: string, { loader, action }: { loader: H; action: H }): H[] {
  if (file.endsWith("/$.tsx")) return [loader];
  return file.endsWith("/docs.api.tsx") ? [action] : [loader, action];
}

describe("every page converts an error of its session look-up to an error page", () => {
  it.each(pages.filter((file) => !WITHOUT_SESSION.test(file)))("%s", async (file) => {
    const { loader, action, ...rest } = await load(file);
    expect(rest).not.toHaveProperty("clientLoader");
    for (const handler of handlersWithSession(file, { loader, action })) {
      if (!handler) continue;
      const args = { request: formRequest(), params: { id: "1" }, context: context(FORGED) };
      const error = await handler(args).catch((error: unknown) => error);
      expectErrorPage(error);
      expect(JSON.stringify(error)).not.toContain("alert");
    }
  });
});

/** Their GET depends on nothing that can throw. */
const ALWAYS_OK = /(health_\.live|api\.openapi\[\.\]json)\.ts$/;

describe("every resource route converts what it throws to a JSON error response", () => {
  it.each(resourceRoutes)("%s", async (file) => {
    const { loader, action } = await load(file);
    for (const handler of [loader, action]) {
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
        const request = Object.create(new Request("http://localhost/x", { method }), {
          method: { value: method },
          headers: {
            get: () => {
              throw FORGED;
            },
          },
        });
        const response = (await handler?.({
          request,
          params: { id: "1" },
          context: context(undefined),
        })) as Response;
        expect(response).toBeInstanceOf(Response);
        const isAlwaysOk = method === "GET" && ALWAYS_OK.test(file);
        if (isAlwaysOk) expect(response.status).toBe(200);
        else expect(response.status).toBeGreaterThanOrEqual(400);
        const body = await response.text();
        expect(JSON.parse(body)).toBeTypeOf("object");
        expect(body).not.toContain("alert");
      }
    }
  });
});

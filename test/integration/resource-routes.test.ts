import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRequestHandler, type ServerBuild } from "@remix-run/node";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mountResourceRoutes } from "#app/http/api/mount-resource-routes.server.ts";
import type { AppEnv } from "#app/http/app-env.ts";
import type { RequestContext } from "#app/http/request-context.ts";
import { closeDatabase } from "#db/connection.ts";
import { type AppServer, startApp, TEST_SECRETS, UNLIMITED_RATES } from "../support/app-server.ts";
import { UUID } from "../support/assertions.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { PASSWORD, signIn, signUp, type TestUser } from "../support/users.ts";

/*
 * The built server calls resource routes directly, without Remix's router. These tests load the same modules from source
 * into that router, over the same database, and compare the responses.
 */
let tock: AppServer;
let remix: (request: Request, context: RequestContext) => Promise<Response>;
let ann: TestUser;
let bob: TestUser;
let taskId: number;

const appFolder = fileURLToPath(new URL("../../app", import.meta.url));
const isResource = (file: string) => /^(api\.|health|metrics).*\.ts$/.test(file);

/** Builds the route table as Remix's Vite plugin does, from the file names. */
async function sourceBuild(): Promise<ServerBuild> {
  // Not part of Remix's public interface.
  const { flatRoutes } = (await import(
    "@remix-run/dev/dist/config/flat-routes.js"
  )) as typeof import("@remix-run/dev/dist/config/flat-routes.js");
  const modules = import.meta.glob("../../app/routes/*.ts");
  const routes: ServerBuild["routes"] = {
    root: { id: "root", path: "", module: { default: () => null } },
  };
  for (const route of Object.values(flatRoutes(appFolder))) {
    const file = route.file.slice("routes/".length);
    const load = modules[`../../app/routes/${file}`];
    if (!isResource(file) || !load) continue;
    const { id, parentId, path, index } = route;
    routes[id] = {
      id,
      parentId,
      path,
      index,
      module: (await load()) as ServerBuild["routes"][string]["module"],
    } as ServerBuild["routes"][string];
  }
  return {
    entry: { module: { default: () => new Response("a page", { status: 500 }) } },
    routes,
    assets: { entry: { imports: [], module: "" }, routes: {}, url: "", version: "" },
    publicPath: "/",
    assetsBuildDirectory: "",
    future: {
      v3_singleFetch: true,
      v3_relativeSplatPath: true,
      v3_throwAbortReason: true,
      v3_fetcherPersist: true,
    },
    isSpaMode: false,
  } as unknown as ServerBuild;
}

beforeAll(async () => {
  tock = await startApp();
  Object.assign(process.env, TEST_SECRETS, UNLIMITED_RATES, { DATABASE_URL: tock.databaseUrl });
  openTestDatabase(tock.databaseUrl);
  remix = createRequestHandler(await sourceBuild(), "production") as typeof remix;
  ann = await signUp(tock.url);
  bob = await signUp(tock.url);
  taskId = (await ann.api("POST", "/api/tasks", { title: "both ways" })).body.id;
  await fetch(`${tock.url}/api/tasks`, {
    method: "POST",
    headers: { ...asAnn(), ...JSON_TYPE, "Idempotency-Key": REPEATED_KEY },
    body: REPEATED_TASK,
  });
});
afterAll(async () => {
  await closeDatabase();
  await tock?.stop();
});

interface TestRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

function callThroughRemix({ method, path, headers, body }: TestRequest): Promise<Response> {
  const context: RequestContext = {
    requestId: "test",
    nonce: "",
    origin: tock.url,
    client: { ipAddress: "127.0.0.1", userAgent: "test", requestId: "test" },
    closeConnection: () => undefined,
  };
  return remix(
    new Request(tock.url + path, { method, headers, ...(body !== undefined && { body }) }),
    context,
  );
}
const callDirectly = ({ method, path, headers, body }: TestRequest) =>
  fetch(tock.url + path, { method, headers, redirect: "manual", ...(body !== undefined && { body }) });

/** Headers that a route sets itself; middleware adds the others. */
const ROUTE_HEADERS = ["Content-Type", "Location", "ETag", "Idempotent-Replayed", "Allow", "Retry-After"];

/** Returns the parts of a response that do not differ between two calls. */
async function comparable(response: Response) {
  const withoutVariableParts = (value: string) =>
    value
      .replace(/"(created_at|updated_at|timestamp)": ?"[^"]*"/g, '"$1":"time"')
      .replace(/"token": ?"[^"]*"/g, '"token":"token"')
      .replace(/"(id|version)": ?\d+/g, '"$1":0');
  return {
    status: response.status,
    headers: ROUTE_HEADERS.map(
      (name) => `${name}: ${response.headers.get(name)?.replace(/\d+(?="?$)/, "n")}`,
    ),
    cookies: response.headers
      .getSetCookie()
      .map((cookie) => cookie.replace(/=[^;]*/, "=").replace(/Expires=[^;]*/, "")),
    body: withoutVariableParts(await response.text()),
  };
}

const MOUNTED_PATHS = [
  "/api",
  "/api/*",
  "/api/auth/account",
  "/api/auth/export",
  "/api/auth/password-reset",
  "/api/auth/password-reset/confirm",
  "/api/auth/profile",
  "/api/auth/sessions",
  "/api/auth/sessions/:id",
  "/api/auth/signin",
  "/api/auth/signout",
  "/api/auth/signup",
  "/api/auth/tokens",
  "/api/auth/tokens/:id",
  "/api/auth/totp",
  "/api/auth/totp/confirm",
  "/api/auth/totp/recovery-codes",
  "/api/openapi.json",
  "/api/tasks",
  "/api/tasks/:id",
  "/api/tasks/:id/complete",
  "/api/tasks/:id/restore",
  "/health",
  "/health/live",
  "/health/ready",
  "/metrics",
];

const REPEATED_KEY = "a-repeated-key";
const REPEATED_TASK = `{"title":"once"}`;
const JSON_TYPE = { "Content-Type": "application/json" };
const asAnn = () => ({ Authorization: `Bearer ${ann.token}` });
const asBob = () => ({ Authorization: `Bearer ${bob.token}` });

describe("a directly called resource route answers as under Remix's router", () => {
  const REQUESTS: [string, () => TestRequest][] = [
    ["GET /health", () => ({ method: "GET", path: "/health", headers: {} })],
    ["HEAD /health", () => ({ method: "HEAD", path: "/health", headers: {} })],
    ["an unsupported method of /health", () => ({ method: "POST", path: "/health", headers: {} })],
    ["a list of tasks", () => ({ method: "GET", path: "/api/tasks?limit=1&page=1", headers: asAnn() })],
    [
      "a list of tasks by cookie",
      () => ({ method: "GET", path: "/api/tasks?completed=false", headers: { Cookie: ann.cookie } }),
    ],
    [
      "a list with an invalid query",
      () => ({ method: "GET", path: "/api/tasks?limit=0&x=1", headers: asAnn() }),
    ],
    ["a list without a token", () => ({ method: "GET", path: "/api/tasks", headers: {} })],
    [
      "a new task",
      () => ({
        method: "POST",
        path: "/api/tasks",
        headers: { ...asBob(), ...JSON_TYPE },
        body: `{"title":"new 🐝"}`,
      }),
    ],
    [
      "an invalid new task",
      () => ({
        method: "POST",
        path: "/api/tasks",
        headers: { ...asBob(), ...JSON_TYPE },
        body: `{"title":""}`,
      }),
    ],
    [
      "a new task with another content type",
      () => ({ method: "POST", path: "/api/tasks", headers: asBob(), body: "title=x" }),
    ],
    [
      "a repeated new task",
      () => ({
        method: "POST",
        path: "/api/tasks",
        headers: { ...asAnn(), ...JSON_TYPE, "Idempotency-Key": REPEATED_KEY },
        body: REPEATED_TASK,
      }),
    ],
    [
      "a malformed idempotency key",
      () => ({
        method: "POST",
        path: "/api/tasks",
        headers: { ...asAnn(), ...JSON_TYPE, "Idempotency-Key": "a, b" },
        body: REPEATED_TASK,
      }),
    ],
    [
      "a task that the client has",
      () => ({
        method: "GET",
        path: `/api/tasks/${taskId}`,
        headers: { ...asAnn(), "If-None-Match": "*" },
      }),
    ],
    [
      "a change of another version",
      () => ({
        method: "PUT",
        path: `/api/tasks/${taskId}`,
        headers: { ...asAnn(), ...JSON_TYPE, "If-Match": '"999"' },
        body: `{"description":"d"}`,
      }),
    ],
    ["an unsupported method of tasks", () => ({ method: "PATCH", path: "/api/tasks", headers: asAnn() })],
    ["a task", () => ({ method: "GET", path: `/api/tasks/${taskId}`, headers: asAnn() })],
    ["a task of another user", () => ({ method: "GET", path: `/api/tasks/${taskId}`, headers: asBob() })],
    ["an unknown task", () => ({ method: "GET", path: "/api/tasks/99999999", headers: asAnn() })],
    ["an invalid task id", () => ({ method: "GET", path: "/api/tasks/1%2F2", headers: asAnn() })],
    ["a malformed escape", () => ({ method: "GET", path: "/api/tasks/%zz", headers: asAnn() })],
    [
      "a change of a task",
      () => ({
        method: "PUT",
        path: `/api/tasks/${taskId}`,
        headers: { ...asAnn(), ...JSON_TYPE },
        body: `{"description":"d"}`,
      }),
    ],
    [
      "a completion",
      () => ({
        method: "PATCH",
        path: `/api/tasks/${taskId}/complete`,
        headers: { ...asAnn(), ...JSON_TYPE },
        body: `{"completed":true}`,
      }),
    ],
    [
      "an unsupported method of completion",
      () => ({ method: "GET", path: `/api/tasks/${taskId}/complete`, headers: asAnn() }),
    ],
    [
      "a deletion of another user's task",
      () => ({ method: "DELETE", path: `/api/tasks/${taskId}`, headers: asBob() }),
    ],
    [
      "a deletion of an unknown task",
      () => ({ method: "DELETE", path: "/api/tasks/99999999", headers: asAnn() }),
    ],
    ["the profile", () => ({ method: "GET", path: "/api/auth/profile", headers: asAnn() })],
    ["the sessions", () => ({ method: "GET", path: "/api/auth/sessions", headers: asBob() })],
    ["an invalid session id", () => ({ method: "DELETE", path: "/api/auth/sessions/1", headers: asAnn() })],
    [
      "a session of another user",
      () => ({ method: "DELETE", path: `/api/auth/sessions/${claimsOf(bob.token).sid}`, headers: asAnn() }),
    ],
    [
      "the end of all other sessions",
      () => ({ method: "DELETE", path: "/api/auth/sessions", headers: asBob() }),
    ],
    ["an export without a token", () => ({ method: "GET", path: "/api/auth/export", headers: {} })],
    [
      "an account deletion with a wrong password",
      () => ({
        method: "DELETE",
        path: "/api/auth/account",
        headers: { ...asAnn(), ...JSON_TYPE },
        body: `{"password":"wrong"}`,
      }),
    ],
    [
      "a change of the profile",
      () => ({
        method: "PUT",
        path: "/api/auth/profile",
        headers: { ...asAnn(), ...JSON_TYPE },
        body: `{"name":"Ann Again"}`,
      }),
    ],
    [
      "a change to a registered email",
      () => ({
        method: "PUT",
        path: "/api/auth/profile",
        headers: { ...asAnn(), ...JSON_TYPE },
        body: JSON.stringify({ email: bob.email }),
      }),
    ],
    [
      "a sign-in",
      () => ({
        method: "POST",
        path: "/api/auth/signin",
        headers: JSON_TYPE,
        body: JSON.stringify({ email: ann.email, password: PASSWORD }),
      }),
    ],
    [
      "a sign-in with a wrong password",
      () => ({
        method: "POST",
        path: "/api/auth/signin",
        headers: JSON_TYPE,
        body: JSON.stringify({ email: ann.email, password: "wrong" }),
      }),
    ],
    [
      "a sign-up with a registered email",
      () => ({
        method: "POST",
        path: "/api/auth/signup",
        headers: JSON_TYPE,
        body: JSON.stringify({ email: ann.email, name: "A", password: PASSWORD }),
      }),
    ],
    [
      "an invalid sign-up",
      () => ({ method: "POST", path: "/api/auth/signup", headers: JSON_TYPE, body: "{}" }),
    ],
    ["a sign-out without a token", () => ({ method: "POST", path: "/api/auth/signout", headers: {} })],
    [
      "an unsupported method of sign-out",
      () => ({ method: "GET", path: "/api/auth/signout", headers: asAnn() }),
    ],
    ["an unknown path", () => ({ method: "GET", path: "/api/nothing/at/all", headers: {} })],
    [
      "a POST to an unknown path",
      () => ({ method: "POST", path: "/api/nothing", headers: JSON_TYPE, body: "{}" }),
    ],
    ["the path /api", () => ({ method: "GET", path: "/api", headers: {} })],
  ];

  it.each(REQUESTS)("%s", async (_, make) => {
    const [direct, remixed] = [await callDirectly(make()), await callThroughRemix(make())];
    expect(direct.headers.get("X-Request-Id")).toMatch(UUID);
    expect(await comparable(direct)).toEqual(await comparable(remixed));
  });

  it.each(MOUNTED_PATHS)("%s, for every method, without a token and with one", async (mounted) => {
    const path = mounted.replace(":id", "99999999").replace("*", "unknown");
    // An export contains its time, and a sign-out would end the session.
    const authenticates = !/export|signout/.test(path);
    for (const headers of authenticates ? [{}, asBob()] : [{}])
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
        const isRead = method === "GET" || method === "HEAD";
        const make = () => ({
          method,
          path,
          headers: { ...headers, ...(!isRead && JSON_TYPE) },
          body: isRead ? undefined : "{}",
        });
        const [direct, remixed] = [await callDirectly(make()), await callThroughRemix(make())];
        expect(await comparable(direct), `${method} ${path}`).toEqual(await comparable(remixed));
      }
  });

  it("a toggle, a deletion and a sign-out", async () => {
    for (const send of [callDirectly, callThroughRemix]) {
      const { id } = (await ann.api("POST", "/api/tasks", { title: "one for each" })).body;
      const toggled = await send({ method: "PATCH", path: `/api/tasks/${id}/complete`, headers: asAnn() });
      expect([toggled.status, (await toggled.json()).completed]).toEqual([200, true]);
      const deleted = await send({ method: "DELETE", path: `/api/tasks/${id}`, headers: asAnn() });
      expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
      const signedOut = await signIn(tock.url, ann.email);
      const signOut = await send({
        method: "POST",
        path: "/api/auth/signout",
        headers: { Authorization: `Bearer ${signedOut.token}` },
      });
      expect([signOut.status, await signOut.text(), signOut.headers.getSetCookie().length]).toEqual([
        204,
        "",
        1,
      ]);
      const after = await send({
        method: "GET",
        path: "/api/tasks",
        headers: { Authorization: `Bearer ${signedOut.token}` },
      });
      expect([after.status, (await after.json()).error.code]).toEqual([401, "AUTH_INVALID"]);
      expect(claimsOf(signedOut.token).user_id).toBe(ann.id);
    }
  });
});

it("every .ts file in app/routes is a resource route that exports loader and action only", async () => {
  const files = readdirSync(join(appFolder, "routes")).filter((file) => file.endsWith(".ts"));
  expect(files.filter((file) => !isResource(file))).toEqual([]);
  const { routes } = await sourceBuild();
  expect(Object.keys(routes).sort()).toEqual(
    ["root", ...files.map((file) => `routes/${file.slice(0, -".ts".length)}`)].sort(),
  );
  for (const route of Object.values(routes)) {
    if (route.id === "root") continue;
    expect(Object.keys(route.module).sort()).toEqual(["action", "loader"]);
  }
});

it("mountResourceRoutes mounts every resource route and no page", async () => {
  const app = new Hono<AppEnv>();
  const build = await sourceBuild();
  const page = { default: () => null, loader: () => null, action: () => null };
  build.routes.page = { id: "page", path: "page", parentId: "root", module: page };
  mountResourceRoutes(app, build, () => ({}) as RequestContext);
  expect(app.routes.map((route) => route.path).sort()).toEqual(MOUNTED_PATHS);
});

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
import { openTestDatabase } from "../support/test-database.ts";
import { PASSWORD, signIn, signUp, type TestUser } from "../support/users.ts";

/*
 * The built server calls resource routes past Remix's router. Here the same route modules, from their sources, are put
 * under that router, over the same database: whatever either answers the other has to answer as well.
 */
let tock: AppServer;
let remix: (request: Request, context: RequestContext) => Promise<Response>;
let ann: TestUser;
let bob: TestUser;
let taskId: number;

const appFolder = fileURLToPath(new URL("../../app", import.meta.url));
const isResource = (file: string) => /^(api\.|health).*\.ts$/.test(file);

/** The route table as Remix's own plugin would make it from the file names. */
async function sourceBuild(): Promise<ServerBuild> {
  // Not part of Remix's public interface, and without types for it.
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
});
afterAll(async () => {
  await closeDatabase();
  await tock?.stop();
});

interface Wanted {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

function underRemix({ method, path, headers, body }: Wanted): Promise<Response> {
  const context: RequestContext = {
    requestId: "test",
    nonce: "",
    origin: tock.url,
    client: { address: "127.0.0.1", userAgent: "test" },
  };
  return remix(
    new Request(tock.url + path, { method, headers, ...(body !== undefined && { body }) }),
    context,
  );
}
const inTheFastLane = ({ method, path, headers, body }: Wanted) =>
  fetch(tock.url + path, { method, headers, redirect: "manual", ...(body !== undefined && { body }) });

/** Headers that a route itself decides on; the gate adds the others. */
const OWN_HEADERS = ["Content-Type", "Location", "Allow", "Retry-After"];

/** What a caller sees of an answer, without what differs from one call to the next. */
async function seen(response: Response) {
  const steady = (value: string) =>
    value
      .replace(/"(created_at|updated_at|timestamp)": ?"[^"]*"/g, '"$1":"time"')
      .replace(/"token": ?"[^"]*"/g, '"token":"token"')
      .replace(/"id": ?\d+/g, '"id":0');
  return {
    status: response.status,
    headers: OWN_HEADERS.map((name) => `${name}: ${response.headers.get(name)?.replace(/\d+$/, "n")}`),
    cookies: response.headers
      .getSetCookie()
      .map((cookie) => cookie.replace(/=[^;]*/, "=").replace(/Expires=[^;]*/, "")),
    body: steady(await response.text()),
  };
}

const JSON_TYPE = { "Content-Type": "application/json" };
const asAnn = () => ({ Authorization: `Bearer ${ann.token}` });
const asBob = () => ({ Authorization: `Bearer ${bob.token}` });

describe("the same answer in the fast lane as under Remix's router", () => {
  const REQUESTS: [string, () => Wanted][] = [
    ["health", () => ({ method: "GET", path: "/health", headers: {} })],
    ["HEAD of health", () => ({ method: "HEAD", path: "/health", headers: {} })],
    ["a wrong method for health", () => ({ method: "POST", path: "/health", headers: {} })],
    ["the list", () => ({ method: "GET", path: "/api/tasks?limit=1&page=1", headers: asAnn() })],
    [
      "the list by cookie",
      () => ({ method: "GET", path: "/api/tasks?completed=false", headers: { Cookie: ann.cookie } }),
    ],
    ["the list, refused", () => ({ method: "GET", path: "/api/tasks?limit=0&x=1", headers: asAnn() })],
    ["the list, of nobody", () => ({ method: "GET", path: "/api/tasks", headers: {} })],
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
      "a new task, refused",
      () => ({
        method: "POST",
        path: "/api/tasks",
        headers: { ...asBob(), ...JSON_TYPE },
        body: `{"title":""}`,
      }),
    ],
    [
      "a new task, of another type",
      () => ({ method: "POST", path: "/api/tasks", headers: asBob(), body: "title=x" }),
    ],
    ["a wrong method for tasks", () => ({ method: "PATCH", path: "/api/tasks", headers: asAnn() })],
    ["a task", () => ({ method: "GET", path: `/api/tasks/${taskId}`, headers: asAnn() })],
    ["another's task", () => ({ method: "GET", path: `/api/tasks/${taskId}`, headers: asBob() })],
    ["no task", () => ({ method: "GET", path: "/api/tasks/99999999", headers: asAnn() })],
    ["what is no id", () => ({ method: "GET", path: "/api/tasks/1%2F2", headers: asAnn() })],
    ["a broken escape", () => ({ method: "GET", path: "/api/tasks/%zz", headers: asAnn() })],
    [
      "a change",
      () => ({
        method: "PUT",
        path: `/api/tasks/${taskId}`,
        headers: { ...asAnn(), ...JSON_TYPE },
        body: `{"description":"d"}`,
      }),
    ],
    [
      "a state",
      () => ({
        method: "PATCH",
        path: `/api/tasks/${taskId}/complete`,
        headers: { ...asAnn(), ...JSON_TYPE },
        body: `{"completed":true}`,
      }),
    ],
    [
      "a wrong method for completion",
      () => ({ method: "GET", path: `/api/tasks/${taskId}/complete`, headers: asAnn() }),
    ],
    ["another's deletion", () => ({ method: "DELETE", path: `/api/tasks/${taskId}`, headers: asBob() })],
    ["a deletion of nothing", () => ({ method: "DELETE", path: "/api/tasks/99999999", headers: asAnn() })],
    ["the profile", () => ({ method: "GET", path: "/api/auth/profile", headers: asAnn() })],
    ["the sessions", () => ({ method: "GET", path: "/api/auth/sessions", headers: asBob() })],
    ["what is no session", () => ({ method: "DELETE", path: "/api/auth/sessions/1", headers: asAnn() })],
    [
      "another's session",
      () => ({ method: "DELETE", path: `/api/auth/sessions/${claimsOf(bob.token).sid}`, headers: asAnn() }),
    ],
    ["the end of all others", () => ({ method: "DELETE", path: "/api/auth/sessions", headers: asBob() })],
    ["an export of nobody", () => ({ method: "GET", path: "/api/auth/export", headers: {} })],
    [
      "a deletion of the account, refused",
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
      "a taken address",
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
      "a sign-in, refused",
      () => ({
        method: "POST",
        path: "/api/auth/signin",
        headers: JSON_TYPE,
        body: JSON.stringify({ email: ann.email, password: "wrong" }),
      }),
    ],
    [
      "a sign-up, taken",
      () => ({
        method: "POST",
        path: "/api/auth/signup",
        headers: JSON_TYPE,
        body: JSON.stringify({ email: ann.email, name: "A", password: PASSWORD }),
      }),
    ],
    [
      "a sign-up, refused",
      () => ({ method: "POST", path: "/api/auth/signup", headers: JSON_TYPE, body: "{}" }),
    ],
    ["a sign-out of nobody", () => ({ method: "POST", path: "/api/auth/signout", headers: {} })],
    [
      "a wrong method for the sign-out",
      () => ({ method: "GET", path: "/api/auth/signout", headers: asAnn() }),
    ],
    ["nothing", () => ({ method: "GET", path: "/api/nothing/at/all", headers: {} })],
    ["nothing, posted", () => ({ method: "POST", path: "/api/nothing", headers: JSON_TYPE, body: "{}" })],
    ["the API itself", () => ({ method: "GET", path: "/api", headers: {} })],
  ];

  it.each(REQUESTS)("%s", async (_, make) => {
    const [fast, slow] = [await inTheFastLane(make()), await underRemix(make())];
    expect(fast.headers.get("X-Request-Id")).toMatch(UUID);
    expect(await seen(fast)).toEqual(await seen(slow));
  });

  it("a toggle, a deletion and a sign-out, each once in either", async () => {
    for (const go of [inTheFastLane, underRemix]) {
      const { id } = (await ann.api("POST", "/api/tasks", { title: "one for each" })).body;
      const toggled = await go({ method: "PATCH", path: `/api/tasks/${id}/complete`, headers: asAnn() });
      expect([toggled.status, (await toggled.json()).completed]).toEqual([200, true]);
      const deleted = await go({ method: "DELETE", path: `/api/tasks/${id}`, headers: asAnn() });
      expect([deleted.status, await deleted.text()]).toEqual([204, ""]);
      const leaving = await signIn(tock.url, ann.email);
      const left = await go({
        method: "POST",
        path: "/api/auth/signout",
        headers: { Authorization: `Bearer ${leaving.token}` },
      });
      expect([left.status, await left.text(), left.headers.getSetCookie().length]).toEqual([204, "", 1]);
      const after = await go({
        method: "GET",
        path: "/api/tasks",
        headers: { Authorization: `Bearer ${leaving.token}` },
      });
      expect([after.status, (await after.json()).error.code]).toEqual([401, "AUTH_INVALID"]);
      expect(claimsOf(leaving.token).user_id).toBe(ann.id);
    }
  });
});

it("every resource route there is takes part in this test, and is an ordinary module with loader and action", async () => {
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

it("every resource route there is, is in the fast lane, and no page is", async () => {
  const app = new Hono<AppEnv>();
  const build = await sourceBuild();
  const page = { default: () => null, loader: () => null, action: () => null };
  build.routes.page = { id: "page", path: "page", parentId: "root", module: page };
  mountResourceRoutes(app, build, () => ({}) as RequestContext);
  expect(app.routes.map((route) => route.path).sort()).toEqual([
    "/api",
    "/api/*",
    "/api/auth/account",
    "/api/auth/export",
    "/api/auth/profile",
    "/api/auth/sessions",
    "/api/auth/sessions/:id",
    "/api/auth/signin",
    "/api/auth/signout",
    "/api/auth/signup",
    "/api/tasks",
    "/api/tasks/:id",
    "/api/tasks/:id/complete",
    "/health",
  ]);
});

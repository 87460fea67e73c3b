import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isApiPath } from "#app/http/responses/api-path.ts";
import { insertToken, type TestToken } from "../support/access-tokens.ts";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { builtRoutes } from "../support/built-routes.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import {
  CREDENTIALS,
  createUser,
  PASSWORD,
  request,
  type TestResponse,
  type TestUser,
} from "../support/users.ts";

const SECRET = "Alice's own secret";
let app: AppServer;
let alice: TestUser;
let bob: TestUser;
let taskId: number;
let deletedId: number;
let aliceToken: TestToken;
let bobToken: TestToken;
beforeAll(async () => {
  app = await startApp(WITHOUT_COVERAGE);
  alice = await createUser(app, { name: SECRET });
  bob = await createUser(app, { name: "Bob" });
  taskId = (await alice.api("POST", "/api/tasks", { title: SECRET, description: SECRET })).body.id;
  deletedId = (await alice.api("POST", "/api/tasks", { title: SECRET, description: SECRET })).body.id;
  await alice.api("DELETE", `/api/tasks/${deletedId}`);
  aliceToken = await insertToken(app, alice);
  bobToken = await insertToken(app, bob);
});
afterAll(() => app?.stop());

const allRowsOfAlice = () =>
  queryRows(
    app.databaseUrl,
    `select (select json_agg(t) from task t where user_id = $1)::text as tasks, (select json_agg(t) from deleted_task t where user_id = $1)::text as trash, (select json_agg(u) from "user" u where id = $1)::text as users,
     (select json_agg(s) from session s where user_id = $1)::text as sessions, (select json_agg(a) from account a where user_id = $1)::text as accounts,
     (select json_agg(t) from personal_access_token t where user_id = $1)::text as tokens`,
    [alice.id],
  );

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

const aliceSessionId = (): string => claimsOf(alice.token).sid;
/** The ids of Alice's data that a path, a query or a body can contain. */
const aliceIds = () => [String(taskId), String(deletedId), alice.id, aliceSessionId()];
/** No other id fits the routes of tokens. */
const idsForPath = (path: string) => (path.includes("tokens") ? [aliceToken.id] : aliceIds());

/** Every route, with each of Alice's ids in the place of a parameter. */
async function pathsWithAliceIds(): Promise<string[]> {
  return (await builtRoutes(app.url)).flatMap(({ path }) =>
    /[:*]/.test(path) ? idsForPath(path).map((id) => path.replace(/:\w+|\*/, id)) : [path],
  );
}

const queryWithAliceIds = () =>
  `id=${taskId}&user_id=${alice.id}&owner=${alice.id}&session=${aliceSessionId()}&token=${aliceToken.id}`;

/** The address of a page, or of its data for the page's script. */
const withSuffix = (path: string, suffix: string) => `${path === "/" && suffix ? "/_root" : path}${suffix}`;

type Body = [contentType: string, text: string];

function bodiesWithAliceIds() {
  const ids = { id: taskId, user_id: alice.id };
  const json = [
    { title: "Bob was here" },
    { title: "Bob was here", ...ids },
    { completed: true },
    { completed: true, ...ids },
    { name: "Bob" },
    { email: alice.email },
    { email: alice.email, password: "a wrong guess" },
    { password: PASSWORD },
    { session_id: aliceSessionId() },
  ].map((fields): Body => [JSON_TYPE, JSON.stringify(fields)]);
  const intents = [
    "add",
    "complete",
    "save",
    "delete",
    "restore",
    "erase",
    "empty",
    "profile",
    "end-session",
    "",
  ];
  const fields = { title: "Bob was here", completed: "true", user_id: alice.id };
  const forms = intents.flatMap((intent) =>
    aliceIds().map((id): Body => [FORM_TYPE, new URLSearchParams({ intent, id, ...fields }).toString()]),
  );
  forms.push([FORM_TYPE, new URLSearchParams({ intent: "revoke", id: aliceToken.id }).toString()]);
  return { json, forms };
}

/** The bodies to try: none, and those that fit the route. */
function bodiesFor(method: string, path: string): (Body | undefined)[] {
  const { json, forms } = bodiesWithAliceIds();
  if (method === "GET" || method === "HEAD") return [undefined];
  if (isApiPath(path)) return [undefined, ...json];
  // Pages accept only POST, so one form shows that they reject the other methods.
  if (method !== "POST") return [undefined, ...forms.slice(0, 1), ...json.slice(0, 1)];
  // A path with one of the ids needs no second id in the form.
  const ids = aliceIds();
  const hasId = ids.some((id) => path.includes(id));
  return [undefined, ...forms.filter((_, i) => !hasId || i % ids.length === 0), ...json.slice(0, 1)];
}

/** Bob may end his own session or account, which would end the test early. */
const endsBobsSession = (method: string, path: string) =>
  method !== "GET" &&
  method !== "HEAD" &&
  /signout|\/api\/auth\/sessions(\?|$)|\/api\/auth\/account/.test(path);

describe("Bob's requests with Alice's ids to every route with every method", () => {
  const sendAs = async (headers: Record<string, string>, method: string, target: string, body?: Body) => {
    const response = await request(app.url, method, target, {
      headers: { ...headers, ...(body && { "Content-Type": body[0] }) },
      body: body?.[1],
    });
    const sent = `${method} ${target} ${body?.[1] ?? ""}`;
    expect(response.status, sent).toBeLessThan(500);
    const received = response.text + [...response.headers].join("\n");
    for (const secret of [SECRET, aliceSessionId(), aliceToken.id, aliceToken.text, alice.email]) {
      // A response may repeat what the request contained.
      if (!sent.includes(secret) && !decodeURIComponent(sent).includes(secret))
        expect(received, sent).not.toContain(secret);
    }
  };

  it.each([
    ["a Bearer token, in the API", "", () => ({ Authorization: `Bearer ${bob.token}` })],
    [
      "a personal access token, in the API of tasks",
      "",
      () => ({ Authorization: `Bearer ${bobToken.text}` }),
    ],
    [
      "the cookie, in the API and on pages",
      "",
      () => ({ Cookie: bob.cookie, "Sec-Fetch-Site": "same-origin" }),
    ],
    ["the cookie, for page data", ".data", () => ({ Cookie: bob.cookie, "Sec-Fetch-Site": "same-origin" })],
  ])(
    "neither read nor change her data (%s)",
    { timeout: 120_000 },
    async (_, suffix, credentials: () => Record<string, string>) => {
      const before = await allRowsOfAlice();
      const headers = credentials();
      let sent = 0;
      for (const path of await pathsWithAliceIds()) {
        if (isApiPath(path) ? suffix !== "" : "Authorization" in headers) continue;
        // The other routes reject every access token, as access-tokens.test.ts checks.
        if (headers.Authorization?.includes(bobToken.text) && !path.startsWith("/api/tasks")) continue;
        const target = withSuffix(path, suffix);
        const targets = [target, `${target}?${queryWithAliceIds()}`];
        const requests = METHODS.filter((method) => !endsBobsSession(method, path)).flatMap((method) =>
          bodiesFor(method, path).flatMap((body, i) =>
            // Every second body goes with the query, no body with and without it.
            (body ? targets.slice(i % 2, (i % 2) + 1) : targets).map((to) =>
              sendAs(headers, method, to, body),
            ),
          ),
        );
        await Promise.all(requests);
        sent += requests.length;
      }
      expect(sent).toBeGreaterThan(100);
      expect(await allRowsOfAlice()).toEqual(before);
      const changedTasks = "select distinct user_id from task where title like 'Bob%'";
      for (const { user_id } of await queryRows(app.databaseUrl, changedTasks)) expect(user_id).toBe(bob.id);
    },
  );
});

it("GET and HEAD change no data on any route, even with parameters and headers that ask for a change", async () => {
  const before = await allRowsOfAlice();
  const query = new URLSearchParams({
    ...{ intent: "delete", id: String(taskId), title: "changed", completed: "true", name: "changed" },
    ...{ email: "changed@example.org", password: PASSWORD, current_password: PASSWORD, _method: "DELETE" },
  });
  const override = { "X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "POST" };
  const paths = await pathsWithAliceIds();
  paths.push(`/settings?intent=end-session&id=${aliceSessionId()}`, "/settings?intent=end-others");
  let sent = 0;
  for (const credentials of [{ Cookie: alice.cookie }, { Authorization: `Bearer ${alice.token}` }]) {
    for (const address of paths) {
      const [path = "", ownQuery] = address.split("?");
      const suffixes = isApiPath(path) ? [""] : ["", ".data"];
      const requests = suffixes.flatMap((suffix) =>
        ["GET", "HEAD"].map(async (method) => {
          const target = `${withSuffix(path, suffix)}?${ownQuery ?? query}`;
          const headers: Record<string, string> = { ...credentials, ...override };
          const { status } = await request(app.url, method, target, { headers });
          expect(status, `${method} ${target}`).toBeLessThan(500);
        }),
      );
      await Promise.all(requests);
      sent += requests.length;
    }
  }
  expect(sent).toBeGreaterThan(100);
  expect(await allRowsOfAlice()).toEqual(before);
});

it.each(CREDENTIALS)(
  "%s, responses for another user's task and for no task differ only in status, code and message",
  async (_, via) => {
    const shape = (response: TestResponse) => ({
      headers: [...response.headers].filter(
        ([name]) => !["date", "x-request-id", "content-length", "content-security-policy"].includes(name),
      ),
      body: { ...response.body, error: Object.keys(response.body.error) },
    });
    const calls: [string, string, unknown][] = [
      ["GET", "", undefined],
      ["PUT", "", { title: "Bob was here" }],
      ["PATCH", "/complete", undefined],
      ["PATCH", "/complete", { completed: true }],
      ["DELETE", "", undefined],
      ["DELETE", "?permanent=true", undefined],
      ["POST", "/restore", undefined],
    ];
    for (const [method, suffix, body] of calls) {
      const aliceTask = await bob[via](method, `/api/tasks/${taskId}${suffix}`, body);
      const noTask = await bob[via](method, `/api/tasks/${taskId + 1_000_000}${suffix}`, body);
      expectError(aliceTask, 403, "FORBIDDEN");
      expectError(noTask, 404, "NOT_FOUND");
      expect(shape(aliceTask)).toEqual(shape(noTask));
    }
  },
);

it("pages show Bob nothing of Alice, and the pages of her tasks reject him with 403", async () => {
  const before = await allRowsOfAlice();
  const headers = { "Content-Type": FORM_TYPE, Cookie: bob.cookie, "Sec-Fetch-Site": "same-origin" };
  const visit = (path: string) => request(app.url, "GET", path, { headers });
  const submit = (path: string, body: string) => request(app.url, "POST", path, { headers, body });
  const taskPaths = [`/tasks/${taskId}`, `/tasks/${taskId}/edit`, `/tasks/${taskId}/delete`];
  for (const suffix of ["", ".data"]) {
    for (const path of ["/dashboard", "/trash", "/settings", ...taskPaths])
      expect((await visit(path + suffix)).text).not.toContain(SECRET);
    for (const path of taskPaths) {
      const page = await visit(path + suffix);
      expect(page.status).toBe(403);
      expect(page.text).toMatch(/This page isn('|&#x27;)t yours/);
      expect((await submit(path + suffix, "title=Bob&completed=true")).status).toBe(403);
    }
    for (const intent of ["complete", "delete"]) {
      const form = `intent=${intent}&id=${taskId}&completed=true`;
      expect((await submit(`/dashboard${suffix}`, form)).status).toBe(403);
    }
    const endSession = `intent=end-session&id=${aliceSessionId()}`;
    expect((await submit(`/settings${suffix}`, endSession)).status).toBe(404);
  }
  expect(await allRowsOfAlice()).toEqual(before);
});

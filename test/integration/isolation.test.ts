import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isApiPath } from "#app/http/responses/error-response.server.ts";
import { routePaths } from "../chaos/fuzz.ts";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, PASSWORD, request, type TestResponse, type TestUser } from "../support/users.ts";

const SECRET = "Ann's own secret";
let tock: AppServer;
let ann: TestUser;
let bob: TestUser;
let taskId: number;
beforeAll(async () => {
  tock = await startApp(WITHOUT_COVERAGE);
  ann = await createUser(tock, { name: SECRET });
  bob = await createUser(tock, { name: "Bob" });
  taskId = (await ann.api("POST", "/api/tasks", { title: SECRET, description: SECRET })).body.id;
});
afterAll(() => tock?.stop());

const everythingOfAnn = () =>
  queryRows(
    tock.databaseUrl,
    `select (select json_agg(t) from task t where user_id = $1)::text as tasks, (select json_agg(u) from "user" u where id = $1)::text as users,
     (select json_agg(s) from session s where user_id = $1)::text as sessions, (select json_agg(a) from account a where user_id = $1)::text as accounts`,
    [ann.id],
  );

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";

/** What is Ann's and could be named by somebody else: in a path, a query, a body. */
const herIds = () => [String(taskId), ann.id, claimsOf(ann.token).sid as string];

/** Every route there is, with each of Ann's ids where an id belongs, and also as a query. */
async function addresses(): Promise<string[]> {
  const routes = await routePaths();
  const filled = routes.flatMap((route) =>
    /[:*]/.test(route) ? herIds().map((id) => route.replace(/:\w+|\*/, id)) : [route],
  );
  return filled.flatMap((path) => [
    path,
    `${path}?id=${taskId}&user_id=${ann.id}&owner=${ann.id}&session=${claimsOf(ann.token).sid}`,
  ]);
}

const bodies = () => {
  const ids = { id: taskId, user_id: ann.id };
  const json = [
    { title: "Bob was here" },
    { title: "Bob was here", ...ids },
    { completed: true },
    { completed: true, ...ids },
    { name: "Bob" },
    { email: ann.email },
    { email: ann.email, password: "not hers, but a guess" },
    { password: PASSWORD },
    { session_id: claimsOf(ann.token).sid },
  ].map((fields): [string, string] => [JSON_TYPE, JSON.stringify(fields)]);
  const intents = ["add", "complete", "save", "delete", "restore", "profile", "end-session", ""];
  const forms = intents.flatMap((intent) =>
    herIds().map((id): [string, string] => [
      FORM_TYPE,
      new URLSearchParams({
        intent,
        id,
        title: "Bob was here",
        completed: "true",
        user_id: ann.id,
      }).toString(),
    ]),
  );
  return { json, forms };
};

/** Requests that end Bob's own session or account are his to make; they would only end the walk. */
const endsBob = (method: string, path: string) =>
  method !== "GET" &&
  method !== "HEAD" &&
  /signout|\/api\/auth\/sessions(\?|$)|\/api\/auth\/account/.test(path);

describe("walking every route of the manifest with every verb, Bob names what is Ann's", () => {
  it.each([
    ["by Bearer token, in the API", "", () => ({ Authorization: `Bearer ${bob.token}` })],
    ["by cookie, API and pages", "", () => ({ Cookie: bob.cookie, "Sec-Fetch-Site": "same-origin" })],
    ["by cookie, pages by script", ".data", () => ({ Cookie: bob.cookie, "Sec-Fetch-Site": "same-origin" })],
  ])("%s: he sees nothing of hers and changes nothing", { timeout: 120_000 }, async (_, suffix, rights) => {
    const before = await everythingOfAnn();
    const { json, forms } = bodies();
    let asked = 0;
    for (const address of await addresses()) {
      const [path = "", query] = address.split("?");
      const isApi = isApiPath(path);
      if (isApi ? suffix !== "" : "Authorization" in rights()) continue;
      const target = `${path === "/" && suffix ? "/_root" : path}${suffix}${query ? `?${query}` : ""}`;
      // A page takes POST alone: with the other verbs one form of each kind shows that.
      const sent = (method: string) => {
        if (method === "GET" || method === "HEAD") return [undefined];
        // An address that names one of hers needs no other in the form.
        const named = herIds().some((id) => path.includes(id));
        const fitting = named ? forms.filter((_, at) => at % herIds().length === 0) : forms;
        const some = method === "POST" ? fitting : forms.slice(0, 1);
        return [undefined, ...(isApi ? json : [...some, json[0] as [string, string]])];
      };
      await Promise.all(
        METHODS.filter((method) => !endsBob(method, path)).flatMap((method) =>
          sent(method).map(async (body) => {
            const answer = await request(tock.url, method, target, {
              headers: { ...rights(), ...(body && { "Content-Type": body[0] }) },
              body: body?.[1],
            });
            asked += 1;
            const said = `${method} ${target} ${body?.[1] ?? ""}`;
            expect(answer.status, said).toBeLessThan(500);
            const told = answer.text + [...answer.headers].join("\n");
            for (const trace of [SECRET, claimsOf(ann.token).sid, ann.email]) {
              // What he sent himself may come back to him.
              if (!said.includes(trace) && !decodeURIComponent(said).includes(trace))
                expect(told, said).not.toContain(trace);
            }
          }),
        ),
      );
    }
    expect(asked).toBeGreaterThan(100);
    expect(await everythingOfAnn()).toEqual(before);
    const owners = await queryRows(
      tock.databaseUrl,
      "select distinct user_id from task where title like 'Bob%'",
    );
    for (const { user_id } of owners) expect(user_id).toBe(bob.id);
  });
});

it("reading changes nothing, at any address, whatever its query asks for and whoever asks", async () => {
  const before = await everythingOfAnn();
  const sid = claimsOf(ann.token).sid;
  const query = new URLSearchParams({
    ...{ intent: "delete", id: String(taskId), title: "changed", completed: "true", name: "changed" },
    ...{ email: "changed@example.org", password: PASSWORD, current_password: PASSWORD, _method: "DELETE" },
  });
  const override = { "X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "POST" };
  const hers = (await addresses()).filter((address) => !address.includes("?"));
  let asked = 0;
  for (const rights of [{ Cookie: ann.cookie }, { Authorization: `Bearer ${ann.token}` }]) {
    for (const path of [...hers, `/settings?intent=end-session&id=${sid}`, "/settings?intent=end-others"]) {
      const pages = isApiPath(path) ? [""] : ["", ".data"];
      await Promise.all(
        pages.flatMap((suffix) =>
          ["GET", "HEAD"].map(async (method) => {
            const [bare = "", own] = path.split("?");
            const target = `${bare === "/" && suffix ? "/_root" : bare}${suffix}?${own ?? query}`;
            const { status } = await request(tock.url, method, target, {
              headers: { ...rights, ...override },
            });
            expect(status, `${method} ${target}`).toBeLessThan(500);
            asked += 1;
          }),
        ),
      );
    }
  }
  expect(asked).toBeGreaterThan(100);
  expect(await everythingOfAnn()).toEqual(before);
});

it("another's task differs from none in status, code and message, and in nothing else", async () => {
  const shape = (answer: TestResponse) => ({
    headers: [...answer.headers].filter(
      ([name]) => !["date", "x-request-id", "content-length", "content-security-policy"].includes(name),
    ),
    body: { ...answer.body, error: Object.keys(answer.body.error) },
  });
  const ways: [string, string, unknown][] = [
    ["GET", "", undefined],
    ["PUT", "", { title: "Bob was here" }],
    ["PATCH", "/complete", undefined],
    ["PATCH", "/complete", { completed: true }],
    ["DELETE", "", undefined],
  ];
  for (const via of ["api", "viaCookie"] as const) {
    for (const [method, more, body] of ways) {
      const hers = await bob[via](method, `/api/tasks/${taskId}${more}`, body);
      const none = await bob[via](method, `/api/tasks/${taskId + 1_000_000}${more}`, body);
      expectError(hers, 403, "FORBIDDEN");
      expectError(none, 404, "NOT_FOUND");
      expect(shape(hers)).toEqual(shape(none));
    }
  }
});

it("Bob's pages show nothing of Ann's, and her tasks' pages refuse him", async () => {
  const before = await everythingOfAnn();
  const form = {
    "Content-Type": "application/x-www-form-urlencoded",
    Cookie: bob.cookie,
    "Sec-Fetch-Site": "same-origin",
  };
  const visit = (path: string, body?: string) =>
    fetch(tock.url + path, {
      method: body === undefined ? "GET" : "POST",
      redirect: "manual",
      headers: form,
      ...(body !== undefined && { body }),
    });
  for (const suffix of ["", ".data"]) {
    for (const path of ["/dashboard", "/settings", `/tasks/${taskId}`, `/tasks/${taskId}/delete`]) {
      const text = await (await visit(path + suffix)).text();
      expect(text).not.toContain(SECRET);
    }
    for (const path of [`/tasks/${taskId}`, `/tasks/${taskId}/delete`]) {
      const refusal = await visit(path + suffix);
      expect(refusal.status).toBe(403);
      expect(await refusal.text()).toContain("This is not yours");
      expect((await visit(path + suffix, "title=Bob&completed=true")).status).toBe(403);
    }
    for (const intent of ["complete", "delete"]) {
      expect(
        (await visit(`/dashboard${suffix}`, `intent=${intent}&id=${taskId}&completed=true`)).status,
      ).toBe(403);
    }
  }
  const id = claimsOf(ann.token).sid;
  for (const suffix of ["", ".data"])
    expect((await visit(`/settings${suffix}`, `intent=end-session&id=${id}`)).status).toBe(404);
  expect(await everythingOfAnn()).toEqual(before);
});

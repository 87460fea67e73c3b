import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsOf } from "../forge.ts";
import { type Person, signUp } from "../person.ts";
import { rows } from "../rows.ts";
import { startTock, type Tock } from "../tock.ts";

const SECRET = "Ann's own secret";
let tock: Tock;
let ann: Person;
let bob: Person;
let taskId: number;
beforeAll(async () => {
  tock = await startTock();
  ann = await signUp(tock.url, { name: SECRET });
  bob = await signUp(tock.url, { name: "Bob" });
  taskId = (await ann.api("POST", "/api/tasks", { title: SECRET, description: SECRET })).body.id;
});
afterAll(() => tock?.stop());

const everythingOfAnn = () =>
  rows(
    tock.databaseUrl,
    `select (select json_agg(t) from task t where user_id = $1)::text as tasks, (select json_agg(u) from "user" u where id = $1)::text as users,
     (select json_agg(s) from session s where user_id = $1)::text as sessions, (select json_agg(a) from account a where user_id = $1)::text as accounts`,
    [ann.id],
  );

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const bodies = () => [
  undefined,
  { title: "Bob was here" },
  { title: "Bob was here", user_id: ann.id },
  { completed: true },
  { name: "Bob", email: bob.email },
  { email: ann.email },
];
const paths = () => [
  "/api/tasks",
  "/api/tasks?limit=100",
  `/api/tasks?user_id=${ann.id}`,
  `/api/tasks/${taskId}`,
  `/api/tasks/${taskId}/complete`,
  `/api/tasks/${taskId}%2Fcomplete`,
  `/api/tasks/${taskId}?user_id=${ann.id}`,
  "/api/auth/profile",
  `/api/auth/profile?id=${ann.id}`,
  `/api/auth/sessions/${claimsOf(ann.token).sid}`,
  "/api/auth/sessions",
  `/api/auth/sessions?user_id=${ann.id}`,
  "/api/auth/export",
  `/api/auth/export?user_id=${ann.id}`,
  `/api/auth/account?user_id=${ann.id}`,
  `/api/users/${ann.id}`,
  `/api/${ann.id}/tasks`,
];

describe.each([
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const)("%s, walking every route with every verb", (_, via) => {
  it("Bob sees nothing of Ann's and changes nothing of hers", async () => {
    const before = await everythingOfAnn();
    for (const path of paths()) {
      for (const method of METHODS) {
        for (const body of ["GET", "HEAD"].includes(method) ? [undefined] : bodies()) {
          const answer = await bob[via](method, path, body);
          expect(answer.status, `${method} ${path} ${JSON.stringify(body)}`).toBeLessThan(500);
          for (const trace of [SECRET, ann.id, claimsOf(ann.token).sid])
            expect(answer.text).not.toContain(trace);
        }
      }
    }
    expect(await everythingOfAnn()).toEqual(before);
    const owners = await rows(tock.databaseUrl, "select distinct user_id from task where title like 'Bob%'");
    expect(owners.map((row) => row.user_id)).toEqual([bob.id]);
  });
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
      expect((await visit(path + suffix)).status).toBe(403);
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

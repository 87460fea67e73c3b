import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError, expectNoContent } from "../support/assertions.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, PASSWORD, request, signIn, signUp, type TestUser } from "../support/users.ts";

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock);
  await ann.api("POST", "/api/tasks", { title: "Ann's" });
});
afterAll(() => tock?.stop());

/** Every row of every table as text, told by its table. */
async function everyRow(): Promise<string[]> {
  const tables = await queryRows(
    tock.databaseUrl,
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
  );
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["user", "account", "session", "task", "verification", "rate_limit"]),
  );
  const found = await Promise.all(
    tables.map(({ name }) =>
      queryRows(tock.databaseUrl, `select '${name}: ' || to_jsonb(t)::text as text from "${name}" t`),
    ),
  );
  return found.flat().map(({ text }) => text);
}
const traces = async (person: TestUser) =>
  (await everyRow()).filter((text) => [person.id, person.email].some((trace) => text.includes(trace)));

const wrong = { password: "not the right one" };
const right = { password: PASSWORD };

describe.each([
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const)("an account, deleted %s", (_, via) => {
  it("leaves nothing in any table, and its tokens are dead at once; the address is free again", async () => {
    const gone = await createUser(tock);
    const elsewhere = await signIn(tock.url, gone.email);
    for (let n = 0; n < 5; n++) await gone.api("POST", "/api/tasks", { title: `Task ${n}` });
    expect(await traces(gone)).toHaveLength(1 + 1 + 2 + 5);
    const others = (await everyRow()).length;

    const answer = await gone[via]("DELETE", "/api/auth/account", right);
    expectNoContent(answer);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tock=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/),
    ]);
    expect(await traces(gone)).toEqual([]);
    expect((await everyRow()).length).toBe(others - 9);

    for (const person of [gone, elsewhere]) {
      for (const method of ["api", "viaCookie"] as const) {
        expectError(await person[method]("GET", "/api/tasks"), 401, "AUTH_INVALID");
        expectError(await person[method]("POST", "/api/tasks", { title: "x" }), 401, "AUTH_INVALID");
        expectError(await person[method]("DELETE", "/api/auth/account", right), 401, "AUTH_INVALID");
      }
    }
    const again = { email: gone.email, password: PASSWORD };
    const refused = await request(tock.url, "POST", "/api/auth/signin", { body: again });
    expectError(refused, 401, "INVALID_CREDENTIALS");
    const anew = await signUp(tock.url, { email: gone.email });
    expect((await anew.api("GET", "/api/tasks")).body.pagination.total).toBe(0);
    expect(tock.log.join("\n")).not.toContain(gone.email);
  });

  it("needs the password; what is refused changes nothing", async () => {
    const before = await everyRow();
    expectError(await ann[via]("DELETE", "/api/auth/account", wrong), 401, "INVALID_CREDENTIALS", [
      "password",
    ]);
    for (const body of [{}, { password: "" }, { password: 1 }, { password: null }])
      expectError(await ann[via]("DELETE", "/api/auth/account", body), 422, "VALIDATION_ERROR", ["password"]);
    expectError(
      await ann[via]("DELETE", "/api/auth/account", { ...right, id: ann.id }),
      422,
      "VALIDATION_ERROR",
      ["id"],
    );
    expectError(await ann[via]("DELETE", "/api/auth/account"), 422, "VALIDATION_ERROR", ["body"]);
    for (const method of ["GET", "POST", "PUT", "PATCH"]) {
      const answer = await ann[via](method, "/api/auth/account", method === "GET" ? undefined : right);
      expectError(answer, 405, "METHOD_NOT_ALLOWED");
      expect(answer.headers.get("Allow")).toBe("DELETE");
    }
    const strip = (all: string[]) => all.filter((text) => !text.startsWith("rate_limit")).sort();
    expect(strip(await everyRow())).toEqual(strip(before));
  });
});

it("is not closed from another site, nor by nobody", async () => {
  const foreign = await request(tock.url, "DELETE", "/api/auth/account", {
    body: right,
    headers: { Cookie: ann.cookie, "Sec-Fetch-Site": "cross-site" },
  });
  expectError(foreign, 403, "FORBIDDEN");
  expectError(await request(tock.url, "DELETE", "/api/auth/account", { body: right }), 401, "UNAUTHORIZED");
  expect((await ann.api("GET", "/api/auth/profile")).status).toBe(200);
});

it("twice at once is one deletion, and what is added meanwhile goes too", async () => {
  const gone = await createUser(tock);
  const elsewhere = await signIn(tock.url, gone.email);
  const answers = await Promise.all([
    gone.api("DELETE", "/api/auth/account", right),
    elsewhere.api("DELETE", "/api/auth/account", right),
    ...Array.from({ length: 10 }, () => gone.api("POST", "/api/tasks", { title: "late" })),
    request(tock.url, "POST", "/api/auth/signin", { body: { email: gone.email, ...right } }),
  ]);
  expect(answers.slice(0, 2).map(({ status }) => status)).toContain(204);
  for (const { status } of answers) expect([201, 200, 204, 401]).toContain(status);
  expect(await traces(gone)).toEqual([]);
});

it("with 50,000 tasks is deleted like any other", async () => {
  const gone = await createUser(tock);
  await queryRows(
    tock.databaseUrl,
    "insert into task (user_id, title) select $1, 'Task ' || n from generate_series(1, 50000) n",
    [gone.id],
  );
  expectNoContent(await gone.api("DELETE", "/api/auth/account", right));
  expect(await traces(gone)).toEqual([]);
});

describe("by the settings page", () => {
  const post = (person: TestUser, password: string, path = "/settings") =>
    request(tock.url, "POST", path, {
      body: new URLSearchParams({ intent: "delete-account", password }).toString(),
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Cookie: person.cookie,
        "Sec-Fetch-Site": "same-origin",
      },
    });

  it("needs the password, says so at its field, and does not repeat it", async () => {
    const page = await post(ann, "not the right one");
    expect(page.status).toBe(401);
    expect(page.text).toMatch(
      /aria-label="Delete account"[^>]*>(?:(?!<\/form>).)*The password is not right\./s,
    );
    expect(page.text).not.toContain("not the right one");
    expect((await post(ann, "")).status).toBe(422);
    expect((await ann.api("GET", "/api/auth/profile")).status).toBe(200);
  });

  it("leads to the start with a notice and a cookie that is nobody's", async () => {
    const gone = await createUser(tock);
    const answer = await post(gone, PASSWORD);
    expect([answer.status, answer.headers.get("Location")]).toEqual([302, "/"]);
    const cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const landing = await request(tock.url, "GET", "/", { headers: { Cookie: cookie } });
    expect(landing.text).toContain("Your account and everything in it has been deleted.");
    expect(landing.text).toContain("Sign up");
    expect(Buffer.from(decodeURIComponent(cookie.slice(5)), "base64").toString()).not.toContain("token");
    expect(await traces(gone)).toEqual([]);
  });
});

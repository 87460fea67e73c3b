import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError, expectNoContent } from "../support/assertions.ts";
import { holdRow } from "../support/held-row.ts";
import { queryRows } from "../support/sql.ts";
import {
  CREDENTIALS,
  cookiesAfter,
  createUser,
  PASSWORD,
  request,
  signIn,
  signUp,
  type TestUser,
} from "../support/users.ts";

let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp();
  alice = await createUser(app);
  await alice.api("POST", "/api/tasks", { title: "Alice's task" });
});
afterAll(() => app?.stop());

/** Every row of every table as text, starting with the table's name. Rate limits count attempts, not user data. */
async function allRows(): Promise<string[]> {
  const tables = await queryRows(
    app.databaseUrl,
    "select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'rate_limit'",
  );
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["user", "account", "session", "task", "verification"]),
  );
  const found = await Promise.all(
    tables.map(({ name }) =>
      queryRows(app.databaseUrl, `select '${name}: ' || to_jsonb(t)::text as text from "${name}" t`),
    ),
  );
  return found
    .flat()
    .map(({ text }) => text)
    .sort();
}
const rowsWithTraceOf = async (user: TestUser) => {
  const rateLimits = await queryRows(app.databaseUrl, "select to_jsonb(r)::text as text from rate_limit r");
  const rows = [...(await allRows()), ...rateLimits.map(({ text }) => text)];
  return rows.filter((text) => [user.id, user.email].some((trace) => text.includes(trace)));
};

const wrongPassword = { password: "not the right one" };
const rightPassword = { password: PASSWORD };

describe.each(CREDENTIALS)("DELETE /api/auth/account %s", (_, via) => {
  it("removes every row of the user, rejects all of the user's tokens and frees the email address", async () => {
    const user = await createUser(app);
    const otherSession = await signIn(app.url, user.email);
    for (let n = 0; n < 5; n++) await user.api("POST", "/api/tasks", { title: `Task ${n}` });
    const [task] = (await user.api("GET", "/api/tasks")).body.data;
    await user.api("DELETE", `/api/tasks/${task.id}`);
    // One user, one account, two sessions, four tasks, one deleted task, one counter of tasks.
    expect(await rowsWithTraceOf(user)).toHaveLength(10);
    const before = (await allRows()).length;

    const response = await user[via]("DELETE", "/api/auth/account", rightPassword);
    expectNoContent(response);
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tock=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/),
    ]);
    expect(await rowsWithTraceOf(user)).toEqual([]);
    expect((await allRows()).length).toBe(before - 10);

    for (const session of [user, otherSession]) {
      for (const method of ["api", "viaCookie"] as const) {
        expectError(await session[method]("GET", "/api/tasks"), 401, "AUTH_INVALID");
        expectError(await session[method]("POST", "/api/tasks", { title: "x" }), 401, "AUTH_INVALID");
        expectError(await session[method]("DELETE", "/api/auth/account", rightPassword), 401, "AUTH_INVALID");
      }
    }
    const credentials = { email: user.email, password: PASSWORD };
    const signInResponse = await request(app.url, "POST", "/api/auth/signin", { body: credentials });
    expectError(signInResponse, 401, "INVALID_CREDENTIALS");
    const newUser = await signUp(app.url, { email: user.email });
    expect((await newUser.api("GET", "/api/tasks")).body.pagination.total).toBe(0);
    expect(app.log.join("\n")).not.toContain(user.email);
  });

  it("rejects a wrong password, an invalid body and other methods without a change", async () => {
    const before = await allRows();
    expectError(await alice[via]("DELETE", "/api/auth/account", wrongPassword), 401, "INVALID_CREDENTIALS", [
      "password",
    ]);
    for (const body of [{}, { password: "" }, { password: 1 }, { password: null }])
      expectError(await alice[via]("DELETE", "/api/auth/account", body), 422, "VALIDATION_ERROR", [
        "password",
      ]);
    expectError(
      await alice[via]("DELETE", "/api/auth/account", { ...rightPassword, id: alice.id }),
      422,
      "VALIDATION_ERROR",
      ["id"],
    );
    expectError(await alice[via]("DELETE", "/api/auth/account"), 422, "VALIDATION_ERROR", ["body"]);
    for (const method of ["GET", "POST", "PUT", "PATCH"]) {
      const body = method === "GET" ? undefined : rightPassword;
      const response = await alice[via](method, "/api/auth/account", body);
      expectError(response, 405, "METHOD_NOT_ALLOWED");
      expect(response.headers.get("Allow")).toBe("DELETE");
    }
    expect(await allRows()).toEqual(before);
  });
});

it("DELETE /api/auth/account rejects a cross-site request and a request without credentials", async () => {
  const crossSite = await request(app.url, "DELETE", "/api/auth/account", {
    body: rightPassword,
    headers: { Cookie: alice.cookie, "Sec-Fetch-Site": "cross-site" },
  });
  expectError(crossSite, 403, "FORBIDDEN");
  const anonymous = await request(app.url, "DELETE", "/api/auth/account", { body: rightPassword });
  expectError(anonymous, 401, "UNAUTHORIZED");
  expect((await alice.api("GET", "/api/auth/profile")).status).toBe(200);
});

it("two concurrent account deletions delete once, together with tasks that are added meanwhile", async () => {
  const user = await createUser(app);
  const otherSession = await signIn(app.url, user.email);
  const responses = await Promise.all([
    user.api("DELETE", "/api/auth/account", rightPassword),
    otherSession.api("DELETE", "/api/auth/account", rightPassword),
    ...Array.from({ length: 10 }, () => user.api("POST", "/api/tasks", { title: "late" })),
    request(app.url, "POST", "/api/auth/signin", { body: { email: user.email, ...rightPassword } }),
  ]);
  expect(responses.slice(0, 2).map(({ status }) => status)).toContain(204);
  for (const { status } of responses) expect([201, 200, 204, 401]).toContain(status);
  expect(await rowsWithTraceOf(user)).toEqual([]);
});

it("a task that is added while the deletion of the account waits is added, then deleted with it", async () => {
  const user = await createUser(app);
  await user.api("POST", "/api/tasks", { title: "early" });
  // The foreign-key check of a new task takes the same lock.
  const held = await holdRow(app.databaseUrl, `select from "user" where id = $1 for key share`, [user.id]);
  const deletion = user.api("DELETE", "/api/auth/account", rightPassword);
  try {
    await held.untilAwaited();
    expect((await user.api("POST", "/api/tasks", { title: "late" })).status).toBe(201);
  } finally {
    await held.release();
  }
  expectNoContent(await deletion);
  expect(await rowsWithTraceOf(user)).toEqual([]);
});

it("DELETE /api/auth/account deletes an account with 50,000 tasks and 50,000 deleted ones", async () => {
  const user = await createUser(app);
  await queryRows(
    app.databaseUrl,
    `insert into deleted_task (id, user_id, title, completed, created_at, updated_at)
     select 1000000 + n, $1, 'Task ' || n, false, now(), now() from generate_series(1, 50000) n`,
    [user.id],
  );
  await queryRows(
    app.databaseUrl,
    "insert into task (user_id, title) select $1, 'Task ' || n from generate_series(1, 50000) n",
    [user.id],
  );
  expectNoContent(await user.api("DELETE", "/api/auth/account", rightPassword));
  expect(await rowsWithTraceOf(user)).toEqual([]);
});

it("DELETE /api/auth/account deletes tasks that take longer than the time limit of one statement", async () => {
  const user = await createUser(app);
  await queryRows(
    app.databaseUrl,
    "insert into task (user_id, title) select $1, 'Task ' || n from generate_series(1, 6000) n",
    [user.id],
  );
  // 6,000 rows take longer than the limit of 4.5 s, and 1,000 rows take about one second.
  await queryRows(
    app.databaseUrl,
    "create function wait_a_moment() returns trigger language plpgsql as $$ begin perform pg_sleep(0.5); return old; end $$",
  );
  await queryRows(
    app.databaseUrl,
    `create trigger slow before delete on task for each row when (old.user_id = '${user.id}' and old.id % 500 = 0) execute function wait_a_moment()`,
  );
  expectNoContent(await user.api("DELETE", "/api/auth/account", rightPassword));
  await queryRows(app.databaseUrl, "drop function wait_a_moment() cascade");
  expect(await rowsWithTraceOf(user)).toEqual([]);
});

describe("the delete-account form of the settings page", () => {
  const submit = (user: TestUser, password: string) =>
    user.form("/settings", { intent: "delete-account", password });

  it("shows a wrong password at its field and does not repeat the password", async () => {
    const page = await submit(alice, "not the right one");
    expect(page.status).toBe(401);
    expect(page.text).toMatch(
      /aria-label="Delete account"[^>]*>(?:(?!<\/form>).)*That password isn&#x27;t right\./s,
    );
    expect(page.text).not.toContain("not the right one");
    expect((await submit(alice, "")).status).toBe(422);
    expect((await alice.api("GET", "/api/auth/profile")).status).toBe(200);
  });

  it("redirects to the landing page with a notice and a cookie without a token", async () => {
    const user = await createUser(app);
    const response = await submit(user, PASSWORD);
    expect([response.status, response.headers.get("Location")]).toEqual([302, "/"]);
    const cookie = cookiesAfter(response, user.cookie);
    expect(cookie).not.toMatch(/(^|; )tock=/);
    const landing = await request(app.url, "GET", "/", { headers: { Cookie: cookie } });
    expect(landing.text).toContain("Your account and everything in it have been deleted.");
    expect(landing.text).toContain("Sign up");
    expect(await rowsWithTraceOf(user)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATIONS } from "#app/http/api/operations/all.server.ts";
import { generateAccessToken } from "#app/services/access-token-format.server.ts";
import { insertToken, type TestToken, withToken } from "../support/access-tokens.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError, expectNoContent, ISO_TIME, UUID } from "../support/assertions.ts";
import { queryRows } from "../support/sql.ts";
import { turnOnTotp } from "../support/totp.ts";
import { createUser, insertSession, PASSWORD, request, signIn, type TestUser } from "../support/users.ts";
import { waitFor } from "../support/wait-for.ts";

/** Small, so that a test reaches it. The others have users of their own. */
const TASK_REQUESTS_PER_MINUTE = 40;
const TOKENS = "/api/auth/tokens";
const NEW_TOKEN = { name: "Calendar", scope: "tasks:read", expires_in_days: 30, password: PASSWORD };

let app: AppServer;
/** Every token of the tests. */
const texts: string[] = [];
beforeAll(async () => {
  app = await startApp({
    RATE_LIMIT_TASKS_PER_MINUTE: String(TASK_REQUESTS_PER_MINUTE),
    TRUST_PROXY: "1",
  });
});
afterAll(() => app?.stop());

const query = (sql: string, values: unknown[] = []) => queryRows(app.databaseUrl, sql, values);

async function tokenOf(user: TestUser, options?: Parameters<typeof insertToken>[2]): Promise<TestToken> {
  const token = await insertToken(app, user, options);
  texts.push(token.text);
  return token;
}

async function createToken(user: TestUser, body: object = {}) {
  const { status, body: created, text } = await user.api("POST", TOKENS, { ...NEW_TOKEN, ...body });
  if (status !== 201) throw new Error(`the token was not created: ${status} ${text}`);
  texts.push(created.token);
  return { ...created, api: withToken(app.url, created.token) };
}

const newTask = async (user: TestUser): Promise<number> =>
  (await user.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;

describe("a personal access token", () => {
  it("is created, shown once, listed without itself, used, and revoked at once", async () => {
    const user = await createUser(app);
    const taskId = await newTask(user);
    const response = await user.api("POST", TOKENS, { ...NEW_TOKEN, name: "  Calendar " });
    expect(response.status).toBe(201);
    const { token, ...described } = response.body;
    texts.push(token);
    expect(token).toMatch(/^tock_[0-9A-Za-z]{36}$/);
    expect(described).toStrictEqual({
      id: expect.stringMatching(UUID),
      name: "Calendar",
      scope: "tasks:read",
      created_at: expect.stringMatching(ISO_TIME),
      expires_at: expect.stringMatching(ISO_TIME),
      last_used_at: null,
    });
    const days = (Date.parse(described.expires_at) - Date.parse(described.created_at)) / 86_400_000;
    expect(days).toBe(30);
    const list = await user.viaCookie("GET", TOKENS);
    expect(list.body).toStrictEqual({ tokens: [described] });

    const tokenApi = withToken(app.url, token);
    expect((await tokenApi("GET", "/api/tasks")).body.data).toMatchObject([{ id: taskId }]);
    expect((await tokenApi("HEAD", `/api/tasks/${taskId}`)).status).toBe(200);
    expectNoContent(await user.viaCookie("DELETE", `${TOKENS}/${described.id}`));
    for (const path of ["/api/tasks", `/api/tasks/${taskId}`])
      expectError(await tokenApi("GET", path), 401, "AUTH_INVALID");
    expect((await user.api("GET", TOKENS)).body).toEqual({ tokens: [] });
    expectError(await user.api("DELETE", `${TOKENS}/${described.id}`), 404, "NOT_FOUND");
  });

  it("is stored only as its SHA-256", async () => {
    const user = await createUser(app);
    const { id, token } = await createToken(user);
    const tables = await query("select tablename as name from pg_tables where schemaname = 'public'", []);
    for (const { name } of tables) {
      const found = await query(`select 1 from "${name}" row where row::text like '%' || $1 || '%'`, [
        token.slice(5, 35),
      ]);
      expect(found, name).toEqual([]);
    }
    const [{ matches }] = await query(
      "select digest = sha256(convert_to($2, 'UTF8')) as matches from personal_access_token where id = $1",
      [id, token],
    );
    expect(matches).toBe(true);
  });

  it("needs the password, which counts as a wrong one of the session", async () => {
    const user = await createUser(app);
    const wrong = await user.api("POST", TOKENS, { ...NEW_TOKEN, password: "a wrong one" });
    expectError(wrong, 401, "INVALID_CREDENTIALS", ["password"]);
    const missing = await user.api("POST", TOKENS, { ...NEW_TOKEN, password: undefined });
    expectError(missing, 422, "VALIDATION_ERROR", ["password"]);
    expect((await user.api("GET", TOKENS)).body).toEqual({ tokens: [] });
    await waitFor(() =>
      expect(app.log.join("\n")).toMatch(new RegExp(`"password_refused","user":"${user.id}"`)),
    );
  });

  it("needs a code too with two-step sign-in, each code once", async () => {
    const user = await createUser(app);
    const { code, recoveryCodes } = await turnOnTotp(user);
    expectError(await user.api("POST", TOKENS, NEW_TOKEN), 401, "TOTP_REQUIRED", ["totp_code"]);
    const wrong = await user.api("POST", TOKENS, { ...NEW_TOKEN, totp_code: "000000" });
    expectError(wrong, 401, "INVALID_CREDENTIALS", ["totp_code"]);
    await createToken(user, { totp_code: code });
    const again = await user.api("POST", TOKENS, { ...NEW_TOKEN, totp_code: code });
    expectError(again, 401, "INVALID_CREDENTIALS", ["totp_code"]);
    await createToken(user, { totp_code: recoveryCodes[0] });
    expect((await user.api("GET", TOKENS)).body.tokens).toHaveLength(2);
  });

  it.each([
    ["name", " "],
    ["name", "n".repeat(101)],
    ["scope", "tasks:admin"],
    ["scope", ["tasks:read"]],
    ["expires_in_days", 0],
    ["expires_in_days", 366],
    ["expires_in_days", 1.5],
    ["expires_in_days", "30"],
    ["expires_in_days", null],
  ])("is not created with the %s %j", async (field, value) => {
    const user = await createUser(app);
    const response = await user.api("POST", TOKENS, { ...NEW_TOKEN, [field]: value });
    expectError(response, 422, "VALIDATION_ERROR", [field]);
  });

  it("cannot be more than one of 50, also when requests arrive at the same time", async () => {
    const user = await createUser(app);
    await query(
      `insert into personal_access_token (user_id, name, scope, digest, expires_at)
       select $1, 'Old', 'tasks:read', sha256(cast(gen_random_uuid()::text as bytea)), now() - interval '1 day'
       from generate_series(1, 49)`,
      [user.id],
    );
    // So slow that each request would count before the insert of another one has ended.
    await query(
      `create function delay() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return new; end $$;
       create trigger delay before insert on personal_access_token for each row execute function delay()`,
    );
    const answers = await Promise.all(Array.from({ length: 4 }, () => user.api("POST", TOKENS, NEW_TOKEN)));
    await query("drop function delay cascade");
    for (const { body } of answers) if (body.token) texts.push(body.token);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422, 422]);
    for (const answer of answers.filter(({ status }) => status === 422))
      expectError(answer, 422, "QUOTA_EXCEEDED");
    const count = "select count(*)::int as n from personal_access_token where user_id = $1";
    expect(await query(count, [user.id])).toEqual([{ n: 50 }]);
  });
});

describe("the scope of a token", () => {
  const taskOperations = OPERATIONS.filter(({ access }) => access === "tasks");
  /** Sends the example of an operation. Restoring needs a deleted task, and finds one that is not as good. */
  const send = (
    token: TestToken,
    { method, path, bodyExamples = {} }: (typeof OPERATIONS)[number],
    id: number,
  ) => token.api(method, path.replace("{id}", String(id)), Object.values(bodyExamples)[0]);

  it("tasks:write permits every operation on tasks", async () => {
    const user = await createUser(app);
    const token = await tokenOf(user);
    for (const operation of taskOperations) {
      const response = await send(token, operation, await newTask(user));
      expect(`${operation.id} ${response.status}`).toMatch(/ 20[014]$/);
    }
    expect(taskOperations.length).toBeGreaterThan(6);
  });

  it("tasks:read permits GET only, and other requests change nothing", async () => {
    const user = await createUser(app);
    const token = await tokenOf(user, { scope: "tasks:read" });
    const id = await newTask(user);
    const rows = () => query("select * from task where user_id = $1", [user.id]);
    const before = await rows();
    for (const operation of taskOperations) {
      const response = await send(token, operation, id);
      if (operation.method === "GET") expect(response.status).toBe(200);
      else expectError(response, 403, "FORBIDDEN");
    }
    expectError(await token.api("DELETE", `/api/tasks/${id}?permanent=true`), 403, "FORBIDDEN");
    expect(await rows()).toEqual(before);
  });

  it("never includes the account: no route, and no page", async () => {
    const user = await createUser(app);
    const token = await tokenOf(user);
    const own = await createToken(user, { scope: "tasks:write" });
    const rows = () =>
      query(
        `select (select json_agg(u) from "user" u where id = $1)::text, (select json_agg(t) from personal_access_token t where user_id = $1)::text,
           (select json_agg(s) from session s where user_id = $1)::text`,
        [user.id],
      );
    const before = await rows();
    const operations = OPERATIONS.filter(({ access }) => access === "session");
    expect(operations.length).toBeGreaterThan(12);
    for (const { method, path, bodyExamples } of operations) {
      const bodies = Object.values(bodyExamples ?? { none: undefined });
      for (const body of bodies) {
        const response = await token.api(method, path.replace("{id}", own.id), body);
        expectError(response, 403, "FORBIDDEN");
        expect(response.body.error.message).toContain("tasks only");
      }
    }
    const headers = { Authorization: `Bearer ${token.text}`, Cookie: `tock=${token.text}` };
    for (const path of ["/dashboard", "/settings", "/settings/tokens"])
      expect((await request(app.url, "GET", path, { headers })).status).toBe(302);
    expect(await rows()).toEqual(before);
  });
});

describe("a token is rejected", () => {
  const list = (token: string) => withToken(app.url, token)("GET", "/api/tasks");
  const changed = (index: number) => (token: string) =>
    token.slice(0, index) + (token[index] === "x" ? "y" : "x") + token.slice(index + 1);

  it.each<[string, (token: string) => string]>([
    ["with a changed random part", changed(10)],
    ["with a wrong checksum", changed(40)],
    ["in upper case", (token) => token.toUpperCase()],
    ["without its prefix", (token) => token.slice(5)],
    ["with another prefix", (token) => token.replace("tock_", "ghp_")],
    ["cut short", (token) => token.slice(0, -1)],
    ["with more characters", (token) => `${token}0`],
    ["with SQL", (token) => `${token.slice(0, 20)}'or'1'='1`],
  ])("as UNAUTHORIZED %s", async (_, forge) => {
    const { text } = await tokenOf(await createUser(app));
    expect((await list(text)).status).toBe(200);
    expectError(await list(forge(text)), 401, "UNAUTHORIZED");
  });

  it("as AUTH_INVALID if it was made up with the right checksum", async () => {
    expectError(await list(generateAccessToken()), 401, "AUTH_INVALID");
  });

  it("as AUTH_INVALID from the moment of its expiry, before its scope or the body is looked at", async () => {
    const user = await createUser(app);
    const expired = await tokenOf(user, { lifetime: "-1 second" });
    expectError(await expired.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    const token = await tokenOf(user, { scope: "tasks:read" });
    const writer = await tokenOf(user);
    for (const { api } of [token, writer]) expect((await api("GET", "/api/tasks")).status).toBe(200);
    await query("update personal_access_token set expires_at = now() where user_id = $1", [user.id]);
    for (const { api } of [token, writer]) {
      expectError(await api("GET", "/api/tasks"), 401, "AUTH_INVALID");
      expectError(await api("POST", "/api/tasks", { title: "x" }), 401, "AUTH_INVALID");
      expectError(await api("POST", "/api/tasks", { title: 7 }), 401, "AUTH_INVALID");
    }
  });

  it("when its account is deleted, which deletes the token", async () => {
    const user = await createUser(app);
    const token = await tokenOf(user);
    expect((await token.api("GET", "/api/tasks")).status).toBe(200);
    expectNoContent(await user.api("DELETE", "/api/auth/account", { password: PASSWORD }));
    expectError(await token.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await token.api("POST", "/api/tasks", { title: "x" }), 401, "AUTH_INVALID");
    expect(await query("select 1 from personal_access_token where user_id = $1", [user.id])).toEqual([]);
  });
});

it("a token still works after a sign-out and after a new password", async () => {
  const user = await createUser(app);
  const token = await tokenOf(user);
  const password = "another lantern by the river";
  const change = { current_password: PASSWORD, password };
  expect((await user.api("PUT", "/api/auth/profile", change)).status).toBe(200);
  expectNoContent(await user.api("POST", "/api/auth/signout"));
  expect((await token.api("GET", "/api/tasks")).status).toBe(200);
  const returned = await signIn(app.url, user.email, password);
  expect((await returned.api("GET", TOKENS)).body.tokens).toMatchObject([{ id: token.id }]);
});

it("a user cannot list or revoke a token of another user, nor reach that user's tasks with their own", async () => {
  const [alice, bob] = [await createUser(app), await createUser(app)];
  const [hers, his] = [await tokenOf(alice), await tokenOf(bob)];
  const taskId = await newTask(alice);
  expectError(await bob.api("DELETE", `${TOKENS}/${hers.id}`), 404, "NOT_FOUND");
  const form = await bob.form("/settings/tokens", { intent: "revoke", id: hers.id });
  expect(form.status).toBe(404);
  expect((await bob.api("GET", TOKENS)).body.tokens).toMatchObject([{ id: his.id }]);
  expect((await hers.api("GET", `/api/tasks/${taskId}`)).status).toBe(200);
  for (const method of ["GET", "DELETE"])
    expectError(await his.api(method, `/api/tasks/${taskId}`), 403, "FORBIDDEN");
});

it("a Bearer token is used instead of the session cookie, also when it is invalid", async () => {
  const [alice, bob] = [await createUser(app), await createUser(app)];
  const token = await tokenOf(bob);
  await newTask(alice);
  const headers = (bearer: string) => ({ Authorization: `Bearer ${bearer}`, Cookie: alice.cookie });
  const listed = await request(app.url, "GET", "/api/tasks", { headers: headers(token.text) });
  expect(listed.body.data).toEqual([]);
  const forged = await request(app.url, "GET", "/api/tasks", { headers: headers(generateAccessToken()) });
  expectError(forged, 401, "AUTH_INVALID");
});

it("the last use of a token is recorded, at most every five minutes", async () => {
  const user = await createUser(app);
  const token = await tokenOf(user, { scope: "tasks:read" });
  const lastUse = async () =>
    (await query("select last_used_at from personal_access_token where id = $1", [token.id]))[0].last_used_at;
  const useAfter = async (age: string) => {
    await query(`update personal_access_token set last_used_at = now() - interval '${age}' where id = $1`, [
      token.id,
    ]);
    const before = await lastUse();
    expect((await token.api("GET", "/api/tasks")).status).toBe(200);
    return before;
  };
  expect(await lastUse()).toBeNull();
  expect((await token.api("GET", "/api/tasks")).status).toBe(200);
  await waitFor(async () => expect(await lastUse()).not.toBeNull());
  const recent = await useAfter("4 minutes");
  // A request of another user, whose own update ends after one that this request had caused.
  const witness = await tokenOf(await createUser(app));
  expect((await witness.api("GET", "/api/tasks")).status).toBe(200);
  const witnessed = "select 1 from personal_access_token where id = $1 and last_used_at is not null";
  await waitFor(async () => expect(await query(witnessed, [witness.id])).toHaveLength(1));
  expect(await lastUse()).toEqual(recent);
  const old = await useAfter("6 minutes");
  await waitFor(async () => expect(await lastUse()).not.toEqual(old));
  const [listed] = (await user.api("GET", TOKENS)).body.tokens;
  expect(listed.last_used_at).toBe((await lastUse()).toISOString());
});

it("tokens and sessions of a user share one rate limit, and other users have their own", async () => {
  const user = await createUser(app);
  const [first, second] = [await tokenOf(user), await tokenOf(user, { scope: "tasks:read" })];
  const callers = [user, first, second];
  for (let sent = 0; sent < TASK_REQUESTS_PER_MINUTE; sent++)
    expect((await callers[sent % 3]?.api("GET", "/api/tasks"))?.status, String(sent)).toBe(200);
  for (const { api } of callers) {
    const response = await api("GET", "/api/tasks");
    expectError(response, 429, "RATE_LIMITED");
    expect(response.headers.get("RateLimit-Limit")).toBe(String(TASK_REQUESTS_PER_MINUTE));
  }
  const other = await tokenOf(await createUser(app));
  expect((await other.api("GET", "/api/tasks")).status).toBe(200);
});

it("made-up tokens are limited per network, and tokens in use are not affected", async () => {
  const known = await tokenOf(await createUser(app));
  const from = (address: string, token: string) =>
    request(app.url, "GET", "/api/tasks", {
      headers: { Authorization: `Bearer ${token}`, "X-Forwarded-For": address },
    });
  expect((await from("192.0.2.1", known.text)).status).toBe(200);
  const count = TASK_REQUESTS_PER_MINUTE * 3;
  const answers = await Promise.all(
    Array.from({ length: count }, () => from("192.0.2.1", generateAccessToken())),
  );
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(count - 1);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  expect((await from("192.0.2.1", known.text)).status).toBe(200);
  expectError(await from("192.0.2.2", generateAccessToken()), 401, "AUTH_INVALID");
});

it.each([
  ["been revoked", "delete from personal_access_token where id = $1", "192.0.2.3"],
  ["expired", "update personal_access_token set expires_at = now() where id = $1", "192.0.2.4"],
])(
  "a token that has %s since its last use counts against its network, and no longer against its owner",
  async (_, end, address) => {
    const user = await createUser(app);
    const token = await tokenOf(user);
    expect((await token.api("GET", "/api/tasks")).status).toBe(200);
    await query(end, [token.id]);
    const headers = { Authorization: `Bearer ${token.text}`, "X-Forwarded-For": address };
    const stolen = () => request(app.url, "GET", "/api/tasks", { headers });
    // The first one finds that the token has ended.
    const lookups = TASK_REQUESTS_PER_MINUTE * 3;
    for (let sent = 0; sent < 1 + lookups; sent++) expectError(await stolen(), 401, "AUTH_INVALID");
    expectError(await stolen(), 429, "RATE_LIMITED");
    for (let counted = 2; counted < TASK_REQUESTS_PER_MINUTE; counted++)
      expect((await user.api("GET", "/api/tasks")).status, String(counted)).toBe(200);
    expectError(await user.api("GET", "/api/tasks"), 429, "RATE_LIMITED");
  },
);

it("a JWT whose session has ended does not count against its owner", async () => {
  const user = await createUser(app);
  const stolen = await insertSession(app, user);
  expectNoContent(await stolen.api("POST", "/api/auth/signout"));
  for (let sent = 0; sent < TASK_REQUESTS_PER_MINUTE * 2; sent++)
    expectError(await stolen.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
  // The first one found that the session has ended.
  for (let counted = 1; counted < TASK_REQUESTS_PER_MINUTE; counted++)
    expect((await user.api("GET", "/api/tasks")).status, String(counted)).toBe(200);
  expectError(await user.api("GET", "/api/tasks"), 429, "RATE_LIMITED");
});

it("/settings/tokens creates a token, shows it in this response only, and revokes it", async () => {
  const user = await createUser(app);
  const fields = { intent: "create", name: "Calendar", scope: "tasks:write", password: PASSWORD };
  const page = await user.form("/settings/tokens", { ...fields, expires_in_days: "90" });
  const [token = ""] = /tock_[0-9A-Za-z]{36}/.exec(page.text) ?? [];
  texts.push(token);
  expect(page.headers.get("Cache-Control")).toBe("private, no-store");
  expect((await withToken(app.url, token)("POST", "/api/tasks", { title: "Water it" })).status).toBe(201);
  const visit = async () =>
    (await request(app.url, "GET", "/settings/tokens", { headers: { Cookie: user.cookie } })).text;
  expect(await visit()).toContain("Calendar");
  expect(await visit()).not.toContain(token);
  const { id } = (await user.api("GET", TOKENS)).body.tokens[0];
  expect((await user.form("/settings/tokens", { intent: "revoke", id })).status).toBe(302);
  expectError(await withToken(app.url, token)("GET", "/api/tasks"), 401, "AUTH_INVALID");
  for (const days of ["", "thirty", "0", "1e9", "0.5"]) {
    const rejected = await user.form("/settings/tokens", { ...fields, expires_in_days: days });
    expect(rejected.status, days).toBe(422);
  }
  const missing = await user.form("/settings/tokens", fields);
  expect(missing.status).toBe(422);
});

it("no token was logged", () => {
  expect(texts.length).toBeGreaterThan(20);
  const log = app.log.join("\n");
  expect(log).toContain("access_token_created");
  expect(texts.filter((text) => log.includes(text))).toEqual([]);
  expect(log).not.toMatch(/tock_[0-9A-Za-z]{30}/);
});

import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertToken, type TestToken } from "../support/access-tokens.ts";
import { type AppServer, plainTextLines, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectApiHeaders, expectError, ISO_TIME, USER_SHAPE } from "../support/assertions.ts";
import { startDatabaseProxy } from "../support/database-proxy.ts";
import { queryRows } from "../support/sql.ts";
import { CREDENTIALS, createUser, request, signIn, signUp, type TestUser } from "../support/users.ts";

const NAME = "Ånn \u2028 “O’Neil” \\ 🐝";

let app: AppServer;
let alice: TestUser;
let accessToken: TestToken;
/** With an export that is larger than the socket buffers, so that it does not end while a test does not read it. */
let largeUser: TestUser;
const LARGE_COUNT = 12_000;
beforeAll(async () => {
  app = await startApp();
  alice = await createUser(app, { name: NAME });
  accessToken = await insertToken(app, alice);
  largeUser = await createUser(app);
  await seed(largeUser.id, LARGE_COUNT, "d".repeat(1000));
});
afterAll(() => app?.stop());

/** RFC 8785 for the values of an export, implemented independently of the app. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}

// biome-ignore lint/suspicious/noExplicitAny: parsed JSON
const checksumOf = ({ manifest, ...data }: any) =>
  `sha256:${createHash("sha256").update(canonical(data)).digest("hex")}`;

/** Inserts tasks with equal times, which only their ids order. */
async function seed(userId: string, count: number, description = "d"): Promise<void> {
  await queryRows(
    app.databaseUrl,
    "insert into task (user_id, title, description, completed) select $1, 'Task ' || n, $3, n % 3 = 0 from generate_series(1, $2::int) n",
    [userId, count, description],
  );
}

const isoDay = () => new Date().toISOString().slice(0, 10);

/** Starts an export without reading its body. */
const startExport = (
  base: string,
  { token }: TestUser,
  { headers = {} as Record<string, string>, signal = new AbortController().signal } = {},
) =>
  fetch(`${base}/api/auth/export`, {
    headers: { Authorization: `Bearer ${token}`, "Accept-Encoding": "identity", ...headers },
    signal,
  });

describe.each(CREDENTIALS)("GET /api/auth/export %s", (_, via) => {
  it("returns a file with all data of the user and a manifest with counts and checksum", async () => {
    await alice.api("POST", "/api/tasks", { title: `Bread & "butter" \\ 🐝`, description: "a\n\tb\u0001" });
    const { id } = (await alice.api("POST", "/api/tasks", { title: "Deleted" })).body;
    await alice.api("DELETE", `/api/tasks/${id}`);
    const dayBefore = isoDay();
    const response = await alice[via]("GET", "/api/auth/export");
    expect(response.status).toBe(200);
    expectApiHeaders(response);
    // The day can change during the request.
    expect([dayBefore, isoDay()].map((day) => `attachment; filename="tock-export-${day}.json"`)).toContain(
      response.headers.get("Content-Disposition"),
    );
    expect(response.headers.get("Content-Type")).toBe("application/json; charset=utf-8");
    const { manifest, user, tasks, sessions, deleted_tasks, access_tokens, ...rest } = response.body;
    expect(rest).toEqual({});
    const signed = JSON.stringify({ access_tokens, deleted_tasks, sessions, tasks, user });
    expect(response.text).toBe(`${signed.slice(0, -1)},"manifest":${JSON.stringify(manifest)}}\n`);
    expect(manifest).toStrictEqual({
      format: "tock-export",
      version: 1,
      exported_at: expect.stringMatching(ISO_TIME),
      counts: {
        tasks: tasks.length,
        sessions: sessions.length,
        deleted_tasks: deleted_tasks.length,
        access_tokens: access_tokens.length,
      },
      checksum: checksumOf(response.body),
    });
    expect(user).toStrictEqual({
      ...USER_SHAPE,
      id: alice.id,
      email: alice.email,
      name: NAME,
    });
    expect(tasks).toStrictEqual((await alice.api("GET", "/api/tasks?limit=100")).body.data.reverse());
    const trash = (await alice.api("GET", "/api/tasks?deleted=true&limit=100")).body.data;
    expect(trash.length).toBeGreaterThan(0);
    expect(deleted_tasks).toStrictEqual(trash.reverse());
    expect(access_tokens).toMatchObject([{ id: accessToken.id }]);
    expect(access_tokens).toStrictEqual((await alice.api("GET", "/api/auth/tokens")).body.tokens);
    const listed = (await alice.api("GET", "/api/auth/sessions")).body.sessions;
    expect(sessions).toStrictEqual(
      listed.map(({ current, ...session }: { current: boolean }) => ({ ...session, user_agent: "node" })),
    );
  });

  it("contains no token and no password hash", async () => {
    const { text } = await alice[via]("GET", "/api/auth/export");
    const [secrets] = await queryRows(
      app.databaseUrl,
      "select token, password_hash from session join account using (user_id) where user_id = $1",
      [alice.id],
    );
    for (const secret of [secrets.token, secrets.password_hash, alice.token, accessToken.text])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/"(token|password|password_hash|digest)"/);
  });
});

it("/api/auth/export requires a live session and allows only GET and HEAD", async () => {
  expectError(await request(app.url, "GET", "/api/auth/export"), 401, "UNAUTHORIZED");
  const signedOut = await createUser(app);
  await signedOut.api("POST", "/api/auth/signout");
  expectError(await signedOut.api("GET", "/api/auth/export"), 401, "AUTH_INVALID");
  const response = await alice.api("POST", "/api/auth/export", {});
  expectError(response, 405, "METHOD_NOT_ALLOWED");
  expect(response.headers.get("Allow")).toBe("GET, HEAD");
  const head = await alice.api("HEAD", "/api/auth/export");
  expect([head.status, head.text]).toEqual([200, ""]);
  expect(head.headers.get("Content-Disposition")).toContain("tock-export-");
});

it("GET /api/auth/export counts towards the rate limit of the task API", async () => {
  const strict = await startApp({
    ...WITHOUT_COVERAGE,
    DATABASE_URL: app.databaseUrl,
    RATE_LIMIT_TASKS_PER_MINUTE: "2",
  });
  try {
    const user = await signUp(strict.url);
    for (let n = 0; n < 2; n++) expect((await user.api("GET", "/api/auth/export")).status).toBe(200);
    expectError(await user.api("GET", "/api/auth/export"), 429, "RATE_LIMITED");
  } finally {
    await strict.stop();
  }
});

it("GET /api/auth/export rejects a second concurrent export of the same user", async () => {
  const stop = new AbortController();
  const unread = await startExport(app.url, largeUser, { signal: stop.signal });
  expect(unread.status).toBe(200);
  const second = await largeUser.api("GET", "/api/auth/export");
  expectError(second, 429, "RATE_LIMITED");
  expect(Number(second.headers.get("Retry-After"))).toBeGreaterThan(0);
  for (const name of ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"])
    expect(second.headers.get(name)).toMatch(/^\d+$/);
  expect((await alice.api("GET", "/api/auth/export")).status).toBe(200);
  stop.abort();
  const head = async () => (await largeUser.api("HEAD", "/api/auth/export")).status;
  await expect.poll(head).toBe(200);
  // An export for HEAD ends at once.
  expect((await largeUser.api("HEAD", "/api/auth/export")).status).toBe(200);
});

it("an export breaks off when its session ends", async () => {
  const session = await signIn(app.url, largeUser.email);
  const response = await startExport(app.url, session);
  const reader = response.body?.getReader();
  await reader?.read();
  expect((await session.api("POST", "/api/auth/signout")).status).toBe(204);
  const readAll = async () => {
    while (!(await reader?.read())?.done);
  };
  await expect(readAll()).rejects.toThrow();
  expect(plainTextLines(app)).toEqual([]);
});

it("an export whose query fails breaks off and is logged once, as JSON", async () => {
  const response = await startExport(app.url, largeUser);
  const reader = response.body?.getReader();
  await reader?.read();
  const before = app.log.length;
  await queryRows(app.databaseUrl, "alter table task rename to task_elsewhere");
  try {
    const readAll = async () => {
      while (!(await reader?.read())?.done);
    };
    await expect(readAll()).rejects.toThrow();
  } finally {
    await queryRows(app.databaseUrl, "alter table task_elsewhere rename to task");
  }
  await expect.poll(() => app.log.length).toBeGreaterThan(before);
  const lines = app.log.slice(before);
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: "error", requestId: expect.any(String) }),
  ]);
});

it("an export does not contain tasks that are added after it started", async () => {
  const { total } = (await largeUser.api("GET", "/api/tasks")).body.pagination;
  const response = await startExport(app.url, largeUser);
  await seed(largeUser.id, 1);
  const { tasks } = (await response.json()) as { tasks: object[] };
  expect(tasks).toHaveLength(total);
});

it("the export of a user without tasks has a valid manifest", async () => {
  const { body } = await (await createUser(app)).api("GET", "/api/auth/export");
  expect(body.tasks).toEqual([]);
  expect(body.manifest).toMatchObject({ counts: { tasks: 0, sessions: 1 }, checksum: checksumOf(body) });
});

it.each([49, 50, 51, 173])(
  "an export of %i tasks with equal times contains each once, in the order of ids",
  async (count) => {
    const user = await createUser(app);
    await seed(user.id, count);
    const { body } = await user.api("GET", "/api/auth/export");
    const stored = await queryRows(
      app.databaseUrl,
      "select id::int from task where user_id = $1 order by id",
      [user.id],
    );
    expect(body.tasks.map(({ id }: { id: number }) => id)).toEqual(stored.map(({ id }) => id));
    expect(body.manifest).toMatchObject({ counts: { tasks: count }, checksum: checksumOf(body) });
  },
);

it("an export that is inserted into an empty database is exported again unchanged", async () => {
  const grace = await createUser(app, { name: "Grace" });
  await signIn(app.url, grace.email);
  await seed(grace.id, 30, "🐝 it's\nkept");
  const { body: first } = await grace.api("GET", "/api/auth/export");
  expect(first.manifest.checksum).toBe(checksumOf(first));

  const empty = await startApp(WITHOUT_COVERAGE);
  try {
    const { user, tasks, sessions } = first;
    const insert = (table: string, rows: object[]) =>
      queryRows(
        empty.databaseUrl,
        `insert into ${table} overriding system value select * from json_populate_recordset(null::${table}, $1)`,
        [JSON.stringify(rows)],
      );
    await insert(`"user"`, [{ ...user, email_verified: false }]);
    await insert("task", tasks);
    await insert(
      "session",
      sessions.map(({ address, ...session }: { address: string }) => ({
        ...session,
        user_id: user.id,
        ip_address: address,
        token: randomUUID(),
        updated_at: user.updated_at,
      })),
    );
    // The session was inserted too and both servers have the same secret, so the token is valid here.
    const { body: second } = await request(empty.url, "GET", "/api/auth/export", {
      headers: { Authorization: `Bearer ${grace.token}` },
    });
    expect({ ...second, manifest: null }).toEqual({ ...first, manifest: null });
    expect(second.manifest).toEqual({ ...first.manifest, exported_at: second.manifest.exported_at });
  } finally {
    await empty.stop();
  }
});

it("an export that is sent to the API of an empty server restores every task", async () => {
  const { body: first } = await alice.api("GET", "/api/auth/export");
  const empty = await startApp(WITHOUT_COVERAGE);
  try {
    const { email, name } = first.user;
    const newUser = await signUp(empty.url, { email, name });
    for (const { title, description, completed } of first.tasks) {
      const { body } = await newUser.api("POST", "/api/tasks", { title, description });
      if (completed) await newUser.api("PATCH", `/api/tasks/${body.id}/complete`, { completed });
    }
    const { body: second } = await newUser.api("GET", "/api/auth/export");
    const content = ({ title, description, completed }: Record<string, unknown>) => ({
      title,
      description,
      completed,
    });
    expect(second.tasks.map(content)).toEqual(first.tasks.map(content));
    expect(second.user).toMatchObject({ email, name });
  } finally {
    await empty.stop();
  }
});

describe("when the database connection is lost", () => {
  it.each(["identity", "gzip"])(
    "a running export with Accept-Encoding %s breaks off, and exports work again after the recovery",
    async (encoding) => {
      const proxy = await startDatabaseProxy(app.databaseUrl);
      const server = await startApp({ DATABASE_URL: proxy.url });
      try {
        const response = await startExport(server.url, largeUser, {
          headers: { "Accept-Encoding": encoding },
        });
        expect(response.status).toBe(200);
        const reader = response.body?.getReader();
        await reader?.read();
        await proxy.cutConnections();
        const readAll = async () => {
          while (!(await reader?.read())?.done);
        };
        await expect(readAll()).rejects.toThrow();
        const newExport = await request(server.url, "GET", "/api/auth/export", {
          headers: { Authorization: `Bearer ${largeUser.token}` },
        });
        expectError(newExport, 500, "DB_ERROR");
        await proxy.heal();
        await expect
          .poll(async () => (await startExport(server.url, alice)).status, {
            interval: 500,
          })
          .toBe(200);
        expect(server.log.filter((line) => line.includes(`"level":"fatal"`))).toEqual([]);
      } finally {
        await server.stop();
        await proxy.close();
      }
    },
  );
});

it.each(["identity", "gzip"])(
  "an export with Accept-Encoding %s whose client disconnects releases its slot and its database connection",
  async (encoding) => {
    const before = app.log.length;
    const stop = new AbortController();
    const headers = { "Accept-Encoding": encoding };
    const response = await startExport(app.url, largeUser, { headers, signal: stop.signal });
    await response.body?.getReader().read();
    stop.abort();
    const head = async () => (await largeUser.api("HEAD", "/api/auth/export")).status;
    await expect.poll(head).toBe(200);
    const busyConnections = () =>
      queryRows(
        app.databaseUrl,
        "select state, query from pg_stat_activity where application_name = 'tock' and state <> 'idle' and datname = current_database()",
      );
    await expect.poll(busyConnections).toEqual([]);
    expect(plainTextLines(app)).toEqual([]);
    expect(app.log.slice(before).filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
  },
);

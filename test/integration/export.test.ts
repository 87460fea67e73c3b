import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectApiHeaders, expectError, ISO_TIME, USER_SHAPE } from "../support/assertions.ts";
import { startDatabaseProxy } from "../support/database-proxy.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, request, signIn, signUp, type TestUser } from "../support/users.ts";

let tock: AppServer;
let ann: TestUser;
/** With more tasks than sockets take at once. */
let busy: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock, { name: "Ånn \u2028 “O’Neil” \\ 🐝" });
  busy = await createUser(tock);
  await seed(busy.id, 12_000, "d".repeat(1000));
});
afterAll(() => tock?.stop());

/** RFC 8785 for what an export holds, written down once more and otherwise. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}

// biome-ignore lint/suspicious/noExplicitAny: a file from elsewhere
const checksumOf = ({ manifest, ...data }: any) =>
  `sha256:${createHash("sha256").update(canonical(data)).digest("hex")}`;

async function seed(owner: string, count: number, description = "d"): Promise<void> {
  // All of one moment: only their ids tell them apart.
  await queryRows(
    tock.databaseUrl,
    "insert into task (user_id, title, description, completed) select $1, 'Task ' || n, $3, n % 3 = 0 from generate_series(1, $2::int) n",
    [owner, count, description],
  );
}

const exportBy = (
  base: string,
  { token }: TestUser,
  { headers = {} as Record<string, string>, signal = new AbortController().signal } = {},
) => fetch(`${base}/api/auth/export`, { headers: { Authorization: `Bearer ${token}`, ...headers }, signal });

describe.each([
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const)("the export %s", (_, via) => {
  it("is a file of everything that is kept of somebody, with a manifest that fits it", async () => {
    await ann.api("POST", "/api/tasks", { title: `Bread & "butter" \\ 🐝`, description: "a\n\tb\u0001" });
    const answer = await ann[via]("GET", "/api/auth/export");
    expect(answer.status).toBe(200);
    expectApiHeaders(answer);
    const day = new Date().toISOString().slice(0, 10);
    expect(answer.headers.get("Content-Disposition")).toBe(`attachment; filename="tock-export-${day}.json"`);
    expect(answer.headers.get("Content-Type")).toBe("application/json; charset=utf-8");
    const { manifest, user, tasks, sessions, ...rest } = answer.body;
    expect(rest).toEqual({});
    const signed = JSON.stringify({ sessions, tasks, user });
    expect(answer.text).toBe(`${signed.slice(0, -1)},"manifest":${JSON.stringify(manifest)}}\n`);
    expect(manifest).toStrictEqual({
      format: "tock-export",
      version: 1,
      exported_at: expect.stringMatching(ISO_TIME),
      counts: { tasks: tasks.length, sessions: sessions.length },
      checksum: checksumOf(answer.body),
    });
    expect(user).toStrictEqual({
      ...USER_SHAPE,
      id: ann.id,
      email: ann.email,
      name: "Ånn \u2028 “O’Neil” \\ 🐝",
    });
    expect(tasks).toStrictEqual((await ann.api("GET", "/api/tasks?limit=100")).body.data.reverse());
    const listed = (await ann.api("GET", "/api/auth/sessions")).body.sessions;
    expect(sessions).toStrictEqual(
      listed.map(({ current, ...session }: { current: boolean }) => ({ ...session, user_agent: "node" })),
    );
  });

  it("holds no secret: no token, no hash", async () => {
    const { text } = await ann[via]("GET", "/api/auth/export");
    const [secrets] = await queryRows(
      tock.databaseUrl,
      "select token, password_hash from session join account using (user_id) where user_id = $1",
      [ann.id],
    );
    for (const secret of [secrets.token, secrets.password_hash, ann.token])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/"(token|password|password_hash)"/);
  });
});

it("is nobody's without a session, and takes no other method", async () => {
  expectError(await request(tock.url, "GET", "/api/auth/export"), 401, "UNAUTHORIZED");
  const gone = await createUser(tock);
  await gone.api("POST", "/api/auth/signout");
  expectError(await gone.api("GET", "/api/auth/export"), 401, "AUTH_INVALID");
  const answer = await ann.api("POST", "/api/auth/export", {});
  expectError(answer, 405, "METHOD_NOT_ALLOWED");
  expect(answer.headers.get("Allow")).toBe("GET, HEAD");
  const head = await ann.api("HEAD", "/api/auth/export");
  expect([head.status, head.text]).toEqual([200, ""]);
  expect(head.headers.get("Content-Disposition")).toContain("tock-export-");
});

it("counts as one call of the tasks' API", async () => {
  const strict = await startApp({
    ...WITHOUT_COVERAGE,
    DATABASE_URL: tock.databaseUrl,
    RATE_LIMIT_TASKS_PER_MINUTE: "2",
  });
  try {
    const person = await signUp(strict.url);
    for (let n = 0; n < 2; n++) expect((await person.api("GET", "/api/auth/export")).status).toBe(200);
    expectError(await person.api("GET", "/api/auth/export"), 429, "RATE_LIMITED");
  } finally {
    await strict.stop();
  }
});

it("is made one at a time for each person: nobody piles up exports that they do not read", async () => {
  const stop = new AbortController();
  const unread = await exportBy(tock.url, busy, { signal: stop.signal });
  expect(unread.status).toBe(200);
  const second = await busy.api("GET", "/api/auth/export");
  expectError(second, 429, "RATE_LIMITED");
  expect(Number(second.headers.get("Retry-After"))).toBeGreaterThan(0);
  for (const name of ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"])
    expect(second.headers.get(name)).toMatch(/^\d+$/);
  expect((await ann.api("GET", "/api/auth/export")).status).toBe(200);
  stop.abort();
  // Asked for without its content, one is over at once.
  await expect.poll(async () => (await busy.api("HEAD", "/api/auth/export")).status).toBe(200);
  expect((await busy.api("HEAD", "/api/auth/export")).status).toBe(200);
});

it("ends when the session it was asked for with ends", async () => {
  const once = await signIn(tock.url, busy.email);
  const response = await exportBy(tock.url, once);
  const reader = response.body?.getReader();
  await reader?.read();
  expect((await once.api("POST", "/api/auth/signout")).status).toBe(204);
  const readAll = async () => {
    while (!(await reader?.read())?.done);
  };
  await expect(readAll()).rejects.toThrow();
});

it("has an end: what is added meanwhile is not in it", async () => {
  const response = await exportBy(tock.url, busy);
  await seed(busy.id, 1);
  const { tasks } = (await response.json()) as { tasks: object[] };
  expect(tasks).toHaveLength(12_000);
});

it("of nothing is whole too", async () => {
  const { body } = await (await createUser(tock)).api("GET", "/api/auth/export");
  expect(body.tasks).toEqual([]);
  expect(body.manifest).toMatchObject({ counts: { tasks: 0, sessions: 1 }, checksum: checksumOf(body) });
});

it.each([49, 50, 51, 173])("of %i tasks of one moment has each of them once, oldest first", async (count) => {
  const person = await createUser(tock);
  await seed(person.id, count);
  const { body } = await person.api("GET", "/api/auth/export");
  const stored = await queryRows(
    tock.databaseUrl,
    "select id::int from task where user_id = $1 order by id",
    [person.id],
  );
  expect(body.tasks.map(({ id }: { id: number }) => id)).toEqual(stored.map(({ id }) => id));
  expect(body.manifest).toMatchObject({ counts: { tasks: count }, checksum: checksumOf(body) });
});

it("a changed file is found out by its checksum", async () => {
  const { body } = await ann.api("GET", "/api/auth/export");
  body.tasks[0].completed = !body.tasks[0].completed;
  expect(checksumOf(body)).not.toBe(body.manifest.checksum);
});

it("put into an empty instance with its ids and times, the export of that one is the same", async () => {
  const person = await createUser(tock, { name: "Grace" });
  await signIn(tock.url, person.email);
  await seed(person.id, 30, "🐝 it's\nkept");
  const { body: first } = await person.api("GET", "/api/auth/export");
  expect(first.manifest.checksum).toBe(checksumOf(first));

  const empty = await startApp(WITHOUT_COVERAGE);
  try {
    const { user, tasks, sessions } = first;
    const put = (table: string, list: object[]) =>
      queryRows(
        empty.databaseUrl,
        `insert into ${table} overriding system value select * from json_populate_recordset(null::${table}, $1)`,
        [JSON.stringify(list)],
      );
    await put(`"user"`, [{ ...user, email_verified: false }]);
    await put("task", tasks);
    await put(
      "session",
      sessions.map(({ address, ...session }: { address: string }) => ({
        ...session,
        user_id: user.id,
        ip_address: address,
        token: randomUUID(),
        updated_at: user.updated_at,
      })),
    );
    // Its session is there again, so the token that it had is good here: both know the same secret.
    const { body: second } = await request(empty.url, "GET", "/api/auth/export", {
      headers: { Authorization: `Bearer ${person.token}` },
    });
    expect({ ...second, manifest: null }).toEqual({ ...first, manifest: null });
    expect(second.manifest).toEqual({ ...first.manifest, exported_at: second.manifest.exported_at });
  } finally {
    await empty.stop();
  }
});

it("put into an empty instance by the API, every task is there again", async () => {
  const { body: first } = await ann.api("GET", "/api/auth/export");
  const empty = await startApp(WITHOUT_COVERAGE);
  try {
    const { email, name } = first.user;
    const moved = await signUp(empty.url, { email, name });
    for (const { title, description, completed } of first.tasks) {
      const { body } = await moved.api("POST", "/api/tasks", { title, description });
      if (completed) await moved.api("PATCH", `/api/tasks/${body.id}/complete`, { completed });
    }
    const { body: second } = await moved.api("GET", "/api/auth/export");
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

describe("while the database fails", () => {
  it.each(["identity", "gzip"])(
    "an export under way (%s) breaks off rather than end early, and the server goes on",
    async (encoding) => {
      const proxy = await startDatabaseProxy(tock.databaseUrl);
      const behind = await startApp({ DATABASE_URL: proxy.url });
      try {
        const response = await exportBy(behind.url, busy, { headers: { "Accept-Encoding": encoding } });
        expect(response.status).toBe(200);
        const reader = response.body?.getReader();
        await reader?.read();
        await proxy.cutConnections();
        const readAll = async () => {
          while (!(await reader?.read())?.done);
        };
        await expect(readAll()).rejects.toThrow();
        // What has not begun says what is wrong.
        const refused = await request(behind.url, "GET", "/api/auth/export", {
          headers: { Authorization: `Bearer ${busy.token}` },
        });
        expectError(refused, 500, "DB_ERROR");
        await proxy.heal();
        await expect
          .poll(async () => (await exportBy(behind.url, ann)).status, { timeout: 20_000, interval: 500 })
          .toBe(200);
        expect(behind.log.join("\n")).not.toContain("nobody caught");
      } finally {
        await behind.stop();
        await proxy.close();
      }
    },
  );
});

it("that nobody reads to its end is given up, and holds nothing", async () => {
  const stop = new AbortController();
  const response = await exportBy(tock.url, busy, { signal: stop.signal });
  await response.body?.getReader().read();
  stop.abort();
  await sleep(200);
  expect((await busy.api("GET", "/api/tasks")).status).toBe(200);
  const [{ count }] = await queryRows(
    tock.databaseUrl,
    "select count(*)::int from pg_stat_activity where application_name = 'tock' and state <> 'idle' and datname = current_database()",
  );
  expect(count).toBe(0);
  expect(tock.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);
});

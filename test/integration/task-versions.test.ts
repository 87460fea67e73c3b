import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cpuSeconds } from "../bench/resource-usage.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent } from "../support/assertions.ts";
import { untilRowAwaited } from "../support/lock-waits.ts";
import { rawRequest } from "../support/raw-request.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, runtimeUrlOf, type TestDatabase } from "../support/test-database.ts";
import { createUser, request, type TestUser } from "../support/users.ts";

let database: TestDatabase;
let app: AppServer;
let ada: TestUser;
let id: number;
beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  // The waits for a row may last longer than the time limits of the pool, which parameters of the URL replace.
  const url = `${runtimeUrlOf(database.url)}?statement_timeout=60000&query_timeout=60000`;
  app = await startApp({ DATABASE_URL: url });
});
afterAll(async () => {
  await app?.stop();
  await database?.drop();
});
const newUser = () => createUser({ url: app.url, databaseUrl: database.url });
beforeEach(async () => {
  ada = await newUser();
  id = (await ada.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
});

const send = (
  method: string,
  headers: Record<string, string> = {},
  { body, path = `/api/tasks/${id}`, user = ada }: { body?: unknown; path?: string; user?: TestUser } = {},
) =>
  request(app.url, method, path, {
    headers: { Authorization: `Bearer ${user.token}`, ...headers },
    ...(body !== undefined && { body }),
  });
const put = (title: string, headers: Record<string, string> = {}) =>
  send("PUT", headers, { body: { title } });
const versionNow = async () => (await send("GET")).body.version;

describe("the version of a task", () => {
  it("starts with 1 and grows by one with each change", async () => {
    expect(await versionNow()).toBe(1);
    const changes = [
      () => put("Water the ivy"),
      () => send("PUT", {}, { body: { description: "Twice", completed: true } }),
      () => send("PATCH", {}, { path: `/api/tasks/${id}/complete` }),
      () => send("PATCH", {}, { path: `/api/tasks/${id}/complete`, body: { completed: true } }),
    ];
    for (const [index, change] of changes.entries()) expect((await change()).body.version).toBe(index + 2);
    await ada.form("/dashboard", { intent: "complete", id: String(id), completed: "false" });
    expect(await versionNow()).toBe(6);
  });

  it("survives a deletion and its undo, and is in the list and the export", async () => {
    await put("Water the ivy");
    await send("DELETE");
    await ada.form("/dashboard", { intent: "restore", id: String(id) });
    expect(await versionNow()).toBe(2);
    expect((await ada.api("GET", "/api/tasks")).body.data[0].version).toBe(2);
    expect((await ada.api("GET", "/api/auth/export")).body.tasks[0].version).toBe(2);
  });

  it("counts each of twenty concurrent changes", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => put(`Title ${n}`)));
    const versions = answers.map(({ body }) => body.version).sort((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => n + 2));
  });
});

describe("the entity tag", () => {
  it("is the version, strong, on every answer with one task", async () => {
    const created = await send("POST", {}, { path: "/api/tasks", body: { title: "Buy bread" } });
    expect(created.headers.get("ETag")).toBe('"1"');
    expect(created.headers.get("Location")).toBe(`/api/tasks/${created.body.id}`);
    const answers = [
      await send("GET"),
      await send("HEAD"),
      await put("Water the ivy"),
      await send("PATCH", {}, { path: `/api/tasks/${id}/complete` }),
    ];
    expect(answers.map(({ headers }) => headers.get("ETag"))).toEqual(['"1"', '"1"', '"2"', '"3"']);
    for (const answer of answers) expectApiHeaders(answer);
  });

  it.each(["gzip", "gzip, deflate, br", "identity"])(
    "stays strong for a long task and a client that accepts %s",
    async (encoding) => {
      const body = { description: "Every leaf. ".repeat(80) };
      const changed = await rawRequest(app.url, "PUT", `/api/tasks/${id}`, {
        headers: {
          Authorization: `Bearer ${ada.token}`,
          "Accept-Encoding": encoding,
          "Content-Type": "application/json",
        },
        body: JSON.stringify(body),
      });
      expect([changed.status, changed.headers.get("ETag")]).toEqual([200, '"2"']);
      expect(JSON.parse(changed.text).version).toBe(2);
      const next = await put("Water the ivy", { "If-Match": changed.headers.get("ETag") ?? "" });
      expect(next.status).toBe(200);
    },
  );

  it("leaves lists compressed and without a tag", async () => {
    for (let n = 0; n < 20; n++)
      await send("POST", {}, { path: "/api/tasks", body: { title: "Errand ".repeat(20) } });
    const list = await send("GET", { "Accept-Encoding": "gzip" }, { path: "/api/tasks" });
    expect([list.headers.get("Content-Encoding"), list.headers.get("ETag")]).toEqual(["gzip", null]);
  });
});

describe("If-None-Match", () => {
  it.each(['"1"', 'W/"1"', "*", '"7", "1"', '"a,b" , W/"1",'])("%s: 304 without a body", async (tags) => {
    for (const method of ["GET", "HEAD"]) {
      const answer = await send(method, { "If-None-Match": tags });
      expect([answer.status, answer.text]).toEqual([304, ""]);
      expect(answer.headers.get("ETag")).toBe('"1"');
      expect(answer.headers.get("Content-Type")).toBeNull();
      expectApiHeaders(answer);
    }
  });

  it.each(['"2"', '"01"', '"x"', '"99999999999"'])("%s: 200 with the task", async (tags) => {
    const answer = await send("GET", { "If-None-Match": tags });
    expect([answer.status, answer.body.id]).toEqual([200, id]);
  });
});

/** Changes of a task, with the status when they succeed. */
const CHANGES: [
  name: string,
  status: number,
  change: (headers: Record<string, string>) => ReturnType<typeof send>,
][] = [
  ["PUT", 200, (headers) => put("Water the ivy", headers)],
  ["PATCH", 200, (headers) => send("PATCH", headers, { path: `/api/tasks/${id}/complete` })],
  ["DELETE", 204, (headers) => send("DELETE", headers)],
];

describe.each(CHANGES)("If-Match with %s", (_, status, change) => {
  it.each(['"1"', "*", '"9", "1"', ', "1" ,'])("%s: changes the task", async (tags) => {
    const answer = await change({ "If-Match": tags });
    expect(answer.status).toBe(status);
    if (status === 204) expectNoContent(answer);
    else expect(answer.body.version).toBe(2);
  });

  it.each(['"2"', 'W/"1"', '"one"', '"1x", "3"', '"99999999999"'])(
    "%s: 412, and nothing changes",
    async (tags) => {
      const before = (await send("GET")).body;
      expectError(await change({ "If-Match": tags }), 412, "PRECONDITION_FAILED");
      expect((await send("GET")).body).toEqual(before);
    },
  );

  it.each(["1", '"1', '"1" "2"', "W/1", ",", '"a"b"', "*, *", '"1", x'])(
    "malformed, %s: 422 naming the header",
    async (tags) => {
      expectError(await change({ "If-Match": tags }), 422, "VALIDATION_ERROR", ["If-Match"]);
      expect(await versionNow()).toBe(1);
    },
  );

  it("distinguishes a changed task from one that is gone or another user's", async () => {
    const bob = await newUser();
    const foreign = (await bob.api("POST", "/api/tasks", { title: "Bob's" })).body.id;
    const own = id;
    for (const [target, expected, code] of [
      [foreign, 403, "FORBIDDEN"],
      [2 ** 40, 404, "NOT_FOUND"],
    ] as const) {
      id = target;
      expectError(await change({ "If-Match": '"1"' }), expected, code);
    }
    id = own;
    await send("DELETE");
    expectError(await change({ "If-Match": '"1"' }), 404, "NOT_FOUND");
  });

  it("lets one of twenty concurrent requests with the same tag change the task", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => change({ "If-Match": '"1"' })));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((value) => value === status)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([status, status === 204 ? 404 : 412]));
  });

  it("answers as of a change that it waited for: 412 for a newer version, 404 for a deletion", async () => {
    for (const [work, expected] of [
      ["update task set version = version + 1 where id = $1", 412],
      ["delete from task where id = $1", 404],
    ] as const) {
      const other = await holdOpen(work, id);
      const waiting = change({ "If-Match": '"1"' });
      await untilRowAwaited(database.url);
      await other.commit();
      expect((await waiting).status).toBe(expected);
    }
  });
});

/** Runs a statement in a transaction that stays open, as another client's. */
async function holdOpen(sql: string, taskId: number) {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("begin");
  await client.query(sql, [taskId]);
  return {
    async commit() {
      await client.query("commit");
      await client.end();
    },
  };
}

it("DELETE with permanent=true and If-Match erases only a task of this version", async () => {
  const path = `/api/tasks/${id}?permanent=true`;
  const rows = () =>
    queryRows(
      database.url,
      "select id from task where id = $1 union all select id from deleted_task where id = $1",
      [id],
    );
  expectError(await send("DELETE", { "If-Match": '"2"' }, { path }), 412, "PRECONDITION_FAILED");
  expect(await rows()).toHaveLength(1);
  expectNoContent(await send("DELETE", { "If-Match": '"1"' }, { path }));
  expect(await rows()).toEqual([]);
});

it("DELETE with permanent=true and If-Match erases a deleted task only if it has this version", async () => {
  const path = `/api/tasks/${id}?permanent=true`;
  await put("Water the ivy");
  expectNoContent(await send("DELETE"));
  expectError(await send("DELETE", { "If-Match": '"1"' }, { path }), 412, "PRECONDITION_FAILED");
  expectNoContent(await send("DELETE", { "If-Match": '"2"' }, { path }));
  expectError(await send("DELETE", { "If-Match": '"2"' }, { path }), 404, "NOT_FOUND");
});

it("POST /api/tasks/{id}/restore answers with the tag that the task had", async () => {
  await put("Water the ivy");
  await send("DELETE");
  const restored = await send("POST", {}, { path: `/api/tasks/${id}/restore` });
  expect([restored.status, restored.headers.get("ETag"), restored.body.version]).toEqual([200, '"2"', 2]);
});

it("a request with an ended session and a malformed header gets 401", async () => {
  await ada.api("POST", "/api/auth/signout");
  expectError(await put("x", { "If-Match": "1" }), 401, "AUTH_INVALID");
});

it.runIf(process.platform === "linux")(
  "a malformed If-Match of the greatest length is rejected within two seconds of CPU time",
  async () => {
    // Unlike wall-clock time it does not include other processes of a busy machine.
    const cpuBefore = cpuSeconds(app.process.pid ?? 0);
    expectError(await put("x", { "If-Match": `"1",${" ".repeat(15_000)}x` }), 422, "VALIDATION_ERROR");
    expect(cpuSeconds(app.process.pid ?? 0) - cpuBefore).toBeLessThan(2);
  },
);

it("without If-Match the last write wins", async () => {
  await put("First");
  expect((await put("Second")).body).toMatchObject({ title: "Second", version: 3 });
});

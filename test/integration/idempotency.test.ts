import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { holdWrites } from "../support/held-writes.ts";
import { queryRows } from "../support/sql.ts";
import { runtimeUrlOf } from "../support/test-database.ts";
import { createUser, request, type TestUser } from "../support/users.ts";

let app: AppServer;
let ada: TestUser;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());
beforeEach(async () => {
  ada = await createUser(app);
});

const MILK = { title: "Buy milk", description: "Oat" };
const sql = (text: string, values: unknown[] = []) => queryRows(app.databaseUrl, text, values);

const post = (key: string | undefined, body: unknown = MILK, { user = ada, url = app.url } = {}) =>
  request(url, "POST", "/api/tasks", {
    headers: { Authorization: `Bearer ${user.token}`, ...(key !== undefined && { "Idempotency-Key": key }) },
    body,
  });
const titlesOf = async (user: TestUser) =>
  (await user.api("GET", "/api/tasks")).body.data.map(({ title }: { title: string }) => title);
const keysOf = (user: TestUser) => sql("select * from idempotency_key where user_id = $1", [user.id]);

describe("POST /api/tasks with an idempotency key", () => {
  it("answers a repeated request as the first time, also after the task was changed or deleted", async () => {
    const key = `"${randomUUID()}"`;
    const first = await post(key);
    expect(first.status).toBe(201);
    expect(first.headers.get("Idempotent-Replayed")).toBeNull();
    const path = first.headers.get("Location") ?? "";
    expect((await ada.api("GET", path)).body).toStrictEqual(first.body);
    const expectReplay = async () => {
      const again = await post(key);
      expect(again.headers.get("Idempotent-Replayed")).toBe("true");
      for (const name of ["Location", "ETag", "Content-Type"])
        expect(again.headers.get(name)).toBe(first.headers.get(name));
      expect([again.status, again.text]).toEqual([201, first.text]);
    };
    await expectReplay();
    await ada.api("PUT", path, { title: "Buy bread", completed: true });
    await expectReplay();
    expect(await titlesOf(ada)).toEqual(["Buy bread"]);
    await ada.api("DELETE", path);
    await expectReplay();
    expect(await titlesOf(ada)).toEqual([]);
  });

  it("takes the key with or without quotation marks, and text that is equal once it is trimmed", async () => {
    const first = await post('"a \\"key\\" \\\\ 1"');
    const same = await post('"a \\"key\\" \\\\ 1"', { title: " Buy milk ", description: "Oat\n" });
    expect(same.text).toBe(first.text);
    expect((await post("key-2")).text).toBe((await post('"key-2"')).text);
    expect(await titlesOf(ada)).toHaveLength(2);
  });

  it("rejects another body with 422", async () => {
    await post("key");
    for (const body of [{ ...MILK, title: "Buy bread" }, { title: "Buy milk" }])
      expectError(await post("key", body), 422, "IDEMPOTENCY_KEY_REUSED");
    expect(await titlesOf(ada)).toEqual(["Buy milk"]);
  });

  it.each([
    "",
    " ",
    '""',
    "two words",
    "a, b",
    '"open',
    '"a" "b"',
    "é",
    '"\\n"',
    "k".repeat(256),
    `"${"k".repeat(256)}"`,
  ])("rejects the malformed key %s with 422 naming the header", async (key) => {
    expectError(await post(key), 422, "VALIDATION_ERROR", ["Idempotency-Key"]);
    expect(await titlesOf(ada)).toEqual([]);
  });

  it("accepts keys of 1 and of 255 characters", async () => {
    for (const key of ["k", "k".repeat(255), `"${"k".repeat(255)}"`])
      expect((await post(key)).status).toBe(201);
    expect(await titlesOf(ada)).toHaveLength(2);
  });

  it("keeps the keys of two users apart", async () => {
    const bob = await createUser(app);
    const [hers, his] = [await post("key"), await post("key", MILK, { user: bob })];
    expect([hers.status, his.status]).toEqual([201, 201]);
    expect(his.body.id).not.toBe(hers.body.id);
    expect([await titlesOf(ada), await titlesOf(bob)]).toEqual([["Buy milk"], ["Buy milk"]]);
  });

  it("creates one task for twenty concurrent requests, which all get the same answer", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post("key")));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(201);
    expect(answers.filter(({ headers }) => headers.get("Idempotent-Replayed") === null)).toHaveLength(1);
    expect(await titlesOf(ada)).toEqual(["Buy milk"]);
  });

  it("creates one task for each of twenty concurrent keys", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => post(`key-${n}`)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(20);
    const [count] = await sql("select total from task_count where user_id = $1", [ada.id]);
    expect(count.total).toBe(20);
  });

  it("without a key, each request creates a task", async () => {
    expect((await post(undefined)).body.id).not.toBe((await post(undefined)).body.id);
    expect(await keysOf(ada)).toEqual([]);
  });

  it("an ended session creates nothing", async () => {
    await ada.api("POST", "/api/auth/signout");
    expectError(await post("key"), 401, "AUTH_INVALID");
    expect(await keysOf(ada)).toEqual([]);
  });
});

describe("an idempotency key of a failed request", () => {
  it("is not kept after invalid input or an exceeded quota", async () => {
    const limited = await startApp({ DATABASE_URL: app.databaseUrl, TASKS_PER_USER_MAX: "1" });
    try {
      expectError(await post("key", { title: "" }), 422, "VALIDATION_ERROR", ["title"]);
      const first = await post("first", MILK, { url: limited.url });
      expectError(await post("key", MILK, { url: limited.url }), 422, "QUOTA_EXCEEDED");
      expect(await keysOf(ada)).toHaveLength(1);
      // A repeated request needs no room.
      expect((await post("first", MILK, { url: limited.url })).text).toBe(first.text);
      await ada.api("DELETE", `/api/tasks/${first.body.id}`);
      expect((await post("key", MILK, { url: limited.url })).status).toBe(201);
    } finally {
      await limited.stop();
    }
  });

  it("is free again when its request was rolled back", async () => {
    const patient = await startPatientApp();
    try {
      const held = await holdInserts();
      const broken = post("key", MILK, { url: patient.url });
      try {
        await sql("select pg_terminate_backend($1)", [await held.heldPid()]);
        expectError(await broken, 500, "DB_ERROR");
      } finally {
        await held.release();
      }
      expect([await keysOf(ada), await titlesOf(ada)]).toEqual([[], []]);
    } finally {
      await patient.stop();
    }
    expect((await post("key")).status).toBe(201);
    expect(await titlesOf(ada)).toEqual(["Buy milk"]);
  });
});

/** Starts a server on the same database whose statements may be held for longer than the time limits of the pool. */
const startPatientApp = () =>
  startApp({
    DATABASE_URL: `${runtimeUrlOf(app.databaseUrl)}?statement_timeout=60000&query_timeout=60000`,
  });

/** Holds the inserts of Ada's tasks. */
async function holdInserts() {
  // The statement itself limits its waits for locks to two seconds, which a busy machine may need to notice the wait.
  const withoutLimit = "set_config('lock_timeout', '0', true) is not null";
  const held = await holdWrites(app.databaseUrl, "task", `new.user_id = '${ada.id}' and ${withoutLimit}`);
  return {
    release: held.release,
    /** Waits until an insert is held. @returns the process id of its connection */
    async heldPid(): Promise<number> {
      await held.untilHeld();
      const [insert] = await sql(
        `select pid from pg_stat_activity
         where datname = current_database() and query like '%idempotency_key%' and wait_event = 'advisory'`,
      );
      return insert.pid;
    },
  };
}

describe("a crash of the server during a request with an idempotency key", () => {
  let second: AppServer | undefined;
  afterEach(() => second?.stop());

  it("leaves the task and its key, or none of them, and the retry gets one task", async () => {
    second = await startPatientApp();
    const held = await holdInserts();
    let pid = 0;
    try {
      const lost = post("key", MILK, { url: second.url }).catch((error: Error) => error);
      pid = await held.heldPid();
      await second.stop("SIGKILL");
      expect(await lost).toBeInstanceOf(Error);
    } finally {
      await held.release();
    }
    const isRunning = () => sql("select 1 from pg_stat_activity where pid = $1 and state = 'active'", [pid]);
    await expect.poll(isRunning).toEqual([]);
    expect(await keysOf(ada)).toHaveLength((await titlesOf(ada)).length);
    expect((await post("key")).status).toBe(201);
    expect(await titlesOf(ada)).toEqual(["Buy milk"]);
  });
});

it("a request whose key is held by a running one waits at most two seconds, then gets 409", async () => {
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  try {
    await post("key");
    await client.query("begin");
    await client.query("select from idempotency_key where user_id = $1 for update", [ada.id]);
    const answer = await post("key");
    expectError(answer, 409, "IDEMPOTENCY_KEY_IN_USE");
    expect(answer.headers.get("Retry-After")).toBe("1");
    await client.query("commit");
    expect((await post("key")).headers.get("Idempotent-Replayed")).toBe("true");
  } finally {
    await client.end();
  }
});

it("a submission id of a page is not a key of the API, and is kept in the same table", async () => {
  const submission_id = randomUUID();
  const form = { intent: "add", submission_id, title: "Buy milk", description: "Oat" };
  for (let n = 0; n < 2; n++) expect((await ada.form("/dashboard", form)).status).toBe(302);
  expect(await titlesOf(ada)).toHaveLength(1);
  expect((await post(submission_id)).headers.get("Idempotent-Replayed")).toBeNull();
  expect(await titlesOf(ada)).toHaveLength(2);
  expect(await keysOf(ada)).toHaveLength(2);
  expect(await sql("select submission_id from task where user_id = $1", [ada.id])).toEqual([
    { submission_id: null },
    { submission_id: null },
  ]);
});

it("the keys of a deleted account are deleted with it", async () => {
  await post("key");
  await sql(`delete from "user" where id = $1`, [ada.id]);
  expect(await keysOf(ada)).toEqual([]);
});

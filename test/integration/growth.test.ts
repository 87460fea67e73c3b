import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RequestCaller } from "#app/services/callers.server.ts";
import { getTaskDashboard, getTaskPageJson } from "#app/services/tasks.server.ts";
import { getTrashPage } from "#app/services/trash.server.ts";
import { closeDatabase } from "#db/connection.ts";
import { openTestDatabase } from "../support/in-process-database.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/** The default of TASKS_PER_USER_MAX. */
const QUOTA = 50_000;
const FEW = 100;
const LIMIT = 20;
const LAST_PAGE = QUOTA / LIMIT;

let database: TestDatabase;
let client: pg.Client;
let many: RequestCaller;
let few: RequestCaller;
const sent: { sql: string; bindings: unknown[] }[] = [];

/** Inserts a user with tasks, of which a half are completed, as many deleted tasks, and a session. */
async function createCaller(email: string, tasks: number): Promise<RequestCaller> {
  const { rows } = await client.query(
    `with u as (insert into "user" (email, name) values ($1, 'U') returning id),
       t as (insert into task (user_id, title, completed, created_at, completed_at)
         select u.id, 'Water the fern', n % 2 = 0, now() - n * interval '1 minute',
           case when n % 2 = 0 then now() - ($2 - n) * interval '1 minute' end
         from u, generate_series(1, $2::int) n),
       d as (insert into deleted_task (id, user_id, title, completed, created_at, updated_at, deleted_at)
         select (select coalesce(max(id), 0) from deleted_task) + n, u.id, 'Water the fern', n % 2 = 0, now(), now(),
           now() - n * interval '1 minute' from u, generate_series(1, $2::int) n),
       s as (insert into session (user_id, token, expires_at)
         select id, gen_random_uuid(), now() + interval '1 day' from u returning id)
     select u.id as user_id, s.id as session_id from u, s`,
    [email, tasks],
  );
  return {
    userId: rows[0].user_id,
    sessionId: rows[0].session_id,
    client: { ipAddress: "", userAgent: "", requestId: "" },
  };
}

beforeAll(async () => {
  database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  many = await createCaller("many@example.org", QUOTA);
  few = await createCaller("few@example.org", FEW);
  await client.query(
    `with u as (insert into "user" (email, name) select n || '@example.org', 'U' from generate_series(1, 500) n returning id),
       s as (insert into session (user_id, token, expires_at) select id, gen_random_uuid(), now() + interval '1 day' from u)
     insert into task (user_id, title, completed) select id, 't', n % 2 = 0 from u, generate_series(1, 20) n`,
  );
  await client.query("vacuum analyze");
  // As the application's connections.
  await client.query("set plan_cache_mode = force_generic_plan");
  openTestDatabase(database.url).on("query", (statement) => sent.push(statement));
});
afterAll(async () => {
  await client?.end();
  await closeDatabase();
  await database?.drop();
});

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  Filter?: string;
  "Sort Key"?: string[];
  "Actual Rows": number;
  "Rows Removed by Filter"?: number;
  "Actual Loops": number;
  "Shared Hit Blocks": number;
  "Shared Read Blocks": number;
  Plans?: Plan[];
}
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
const literal = (value: unknown) => (value === null ? "null" : pg.escapeLiteral(String(value)));

/** Runs a service, and returns how PostgreSQL executes its statement with a generic plan. */
async function explain(service: () => Promise<unknown>) {
  sent.length = 0;
  await service();
  expect(sent).toHaveLength(1);
  const { sql = "", bindings = [] } = sent[0] ?? {};
  await client.query("deallocate all");
  await client.query(`prepare page as ${sql}`);
  const execute = `explain (analyze, buffers, format json) execute page(${bindings.map(literal).join(", ")})`;
  // The first execution also reads the catalog.
  await client.query(execute);
  const { rows } = await client.query(execute);
  const root: Plan = rows[0]["QUERY PLAN"][0].Plan;
  const nodes = nodesOf(root).filter((node) => node["Actual Loops"] > 0);
  const taskScans = nodes.filter((node) => node["Relation Name"] === "task");
  return {
    nodes,
    taskScans,
    taskRows: taskScans.reduce((sum, node) => sum + node["Actual Rows"] * node["Actual Loops"], 0),
    buffers: root["Shared Hit Blocks"] + root["Shared Read Blocks"],
  };
}

const list = (caller: RequestCaller, page: number, completed?: boolean) => () =>
  getTaskPageJson(caller, { page, limit: LIMIT, ...(completed !== undefined && { completed }) });
const dashboard = (caller: RequestCaller, page: number, show: "all" | "open" | "done") => () =>
  getTaskDashboard(caller, { page, show, q: "" });

/** A request for a page of one of the lists, the number of tasks in that list, and the index of its order. */
const LISTS = [
  ["GET /api/tasks", (caller, page) => list(caller, page), QUOTA, "task_newest"],
  [
    "GET /api/tasks?completed=true",
    (caller, page) => list(caller, page, true),
    QUOTA / 2,
    "task_newest_by_state",
  ],
  ["GET /dashboard", (caller, page) => dashboard(caller, page, "open"), QUOTA / 2, "task_newest_by_state"],
  ["GET /dashboard?show=done", (caller, page) => dashboard(caller, page, "done"), QUOTA / 2, "task_done"],
  ["GET /dashboard?show=all", (caller, page) => dashboard(caller, page, "all"), QUOTA, "task_newest"],
] as const satisfies [
  string,
  (caller: RequestCaller, page: number) => () => Promise<unknown>,
  number,
  string,
][];

describe.each(LISTS)("%s of a user with 50,000 tasks", (_, request, total, index) => {
  const lastPage = total / LIMIT;

  it("reads tasks through indexes only, and sorts only the rows of the page", async () => {
    for (const page of [1, 2, lastPage / 2, lastPage - 1, lastPage]) {
      const { nodes, taskScans } = await explain(request(many, page));
      expect(
        nodes.flatMap((node) => (node["Node Type"] === "Seq Scan" ? node["Relation Name"] : [])),
      ).toEqual([]);
      expect(taskScans.map((node) => [node["Node Type"], node["Index Name"]])).toEqual([
        ["Index Only Scan", index],
        ["Index Scan", "task_pkey"],
      ]);
      for (const node of taskScans) expect(node["Index Cond"]).toBeTruthy();
      for (const node of nodes.filter((node) => node["Node Type"] === "Sort"))
        expect(node["Actual Rows"]).toBeLessThanOrEqual(LIMIT);
    }
  });

  it("visits the rows of the page on the first and the last page, and half of the index entries at most", async () => {
    for (const page of [1, lastPage]) expect((await explain(request(many, page))).taskRows).toBe(2 * LIMIT);
    const middle = await explain(request(many, lastPage / 2));
    expect(middle.taskRows).toBeLessThanOrEqual(total / 2 + 2 * LIMIT);
    expect((await explain(request(many, lastPage + 1_000_000))).taskRows).toBe(0);
  });

  it("reads at most twice the blocks of a user with 100 tasks for page 1, and four times for the last page", async () => {
    const base = (await explain(request(few, 1))).buffers;
    expect((await explain(request(many, 1))).buffers).toBeLessThanOrEqual(2 * base);
    expect((await explain(request(many, lastPage))).buffers).toBeLessThanOrEqual(4 * base);
  });
});

describe("a search of a user with 50,000 tasks", () => {
  const searches: [string, (q: string, page: number) => () => Promise<unknown>][] = [
    ["GET /api/tasks?q=", (q, page) => () => getTaskPageJson(many, { page, limit: LIMIT, q })],
    ["GET /dashboard?q=", (q, page) => () => getTaskDashboard(many, { page, show: "open", q })],
    ["GET /dashboard?show=done&q=", (q, page) => () => getTaskDashboard(many, { page, show: "done", q })],
  ];

  it.each(searches)("%s reads each task of the user once, and none of others", async (_, search) => {
    for (const [q, page, found] of [
      ["fern", 1, LIMIT],
      ["fern", 100, LIMIT],
      ["nothing of the kind", 1, 0],
    ] as const) {
      const { nodes, taskScans } = await explain(search(q, page));
      expect(nodes.filter((node) => node["Node Type"] === "Seq Scan")).toEqual([]);
      const [matching, ...rows] = taskScans.filter((node) => !/Bitmap Index/.test(node["Node Type"]));
      const read = (matching?.["Actual Rows"] ?? 0) + (matching?.["Rows Removed by Filter"] ?? 0);
      expect(read * (matching?.["Actual Loops"] ?? 0)).toBe(QUOTA);
      // The rows of the page, by their ids.
      const ids = rows.reduce((sum, node) => sum + node["Actual Rows"] * node["Actual Loops"], 0);
      expect(ids).toBe(found);
      expect(rows.every((node) => node["Index Name"] === "task_pkey")).toBe(true);
    }
  });
});

it("a search compares no text of other users, even if PostgreSQL scans all tasks", async () => {
  // As in a database with few users.
  await client.query(
    "set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off",
  );
  try {
    const { taskScans } = await explain(() => getTaskDashboard(many, { page: 1, show: "open", q: "zzz" }));
    const [scan] = taskScans;
    expect(scan).toMatchObject({
      "Node Type": "Seq Scan",
      Filter: expect.stringMatching(/^\(\(user_id = .*strpos/),
    });
  } finally {
    await client.query("reset enable_indexscan; reset enable_indexonlyscan; reset enable_bitmapscan");
  }
});

it("the pages from both ends meet in the middle without a gap or a repetition", async () => {
  const middle = LAST_PAGE / 2;
  const times: string[] = [];
  for (const page of [middle - 1, middle, middle + 1, middle + 2]) {
    const { data } = JSON.parse(await list(many, page)());
    expect(data).toHaveLength(LIMIT);
    times.push(...data.map(({ created_at }: { created_at: string }) => created_at));
  }
  const minutes = times.map((time) => Date.parse(time) / 60_000);
  for (const [n, minute] of minutes.slice(1).entries()) expect((minutes[n] ?? 0) - minute).toBeCloseTo(1, 5);
});

describe("GET /trash of a user with 50,000 deleted tasks", () => {
  const trash = (caller: RequestCaller, page: number) => () => getTrashPage(caller, page);

  it("reads the rows of the page through the index of its order, without a sort", async () => {
    for (const page of [1, LAST_PAGE]) {
      const { nodes } = await explain(trash(many, page));
      expect(nodes.map((node) => node["Node Type"])).not.toContain("Sort");
      expect(nodes.map((node) => node["Node Type"])).not.toContain("Seq Scan");
      const scans = nodes.filter((node) => node["Relation Name"] === "deleted_task");
      expect(scans.map((node) => node["Index Name"])).toEqual(["deleted_task_newest"]);
      expect(scans[0]?.["Index Cond"]).toBeTruthy();
      expect(scans[0]?.["Actual Rows"]).toBe(page * LIMIT);
    }
  });

  it("reads at most twice the blocks of a user with 100 deleted tasks for page 1", async () => {
    const base = (await explain(trash(few, 1))).buffers;
    expect((await explain(trash(many, 1))).buffers).toBeLessThanOrEqual(2 * base);
  });

  it("lists the task that was deleted last first", async () => {
    const times = (await getTrashPage(many, 2)).data.map(({ deleted_at }) => Date.parse(deleted_at));
    expect(times).toHaveLength(LIMIT);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { queryRows } from "../support/sql.ts";
import {
  CREDENTIALS,
  cookiesAfter,
  createUser,
  request,
  type TestResponse,
  type TestUser,
} from "../support/users.ts";

let app: AppServer;
let alice: TestUser;
let bob: TestUser;
/** Title and description; those that end with "✓" are completed. */
const TASKS: [title: string, description?: string][] = [
  ["Milk for the cat"],
  ["Bake a cake", "With oat MILK and flour"],
  ["Купить МОЛОКО ✓"],
  ["牛乳を買う"],
  ["CAFÉ with Élodie ✓"],
  ["اشترِ الخبز والحليب"],
  ["Save 100% of a_b \\ c"],
  ["Save 100 of axb / c"],
  ["buttermilk ✓", "for pancakes"],
];
beforeAll(async () => {
  app = await startApp();
  alice = await createUser(app);
  bob = await createUser(app);
  for (const [title, description] of TASKS) {
    const { id } = (await alice.api("POST", "/api/tasks", { title, description })).body;
    if (title.endsWith("✓")) await alice.api("PATCH", `/api/tasks/${id}/complete`);
  }
  await bob.api("POST", "/api/tasks", { title: "Bob's milk" });
});
afterAll(() => app?.stop());

const search = (query: Record<string, string>) => `/api/tasks?${new URLSearchParams(query)}`;
const titles = ({ body }: TestResponse) => body.data.map(({ title }: { title: string }) => title);

describe.each(CREDENTIALS)("GET /api/tasks?q= %s", (_, via) => {
  it.each<[string, string[]]>([
    ["milk", ["buttermilk ✓", "Bake a cake", "Milk for the cat"]],
    ["  MILK ", ["buttermilk ✓", "Bake a cake", "Milk for the cat"]],
    ["oat m", ["Bake a cake"]],
    ["молоко", ["Купить МОЛОКО ✓"]],
    ["乳", ["牛乳を買う"]],
    ["café", ["CAFÉ with Élodie ✓"]],
    ["élo", ["CAFÉ with Élodie ✓"]],
    ["الخبز", ["اشترِ الخبز والحليب"]],
    ["100%", ["Save 100% of a_b \\ c"]],
    ["a_b", ["Save 100% of a_b \\ c"]],
    ["\\ c", ["Save 100% of a_b \\ c"]],
    ["%", ["Save 100% of a_b \\ c"]],
    ["for", ["buttermilk ✓", "Milk for the cat"]],
    ["nothing of the kind", []],
  ])("finds %j in titles and descriptions, newest first", async (q, expected) => {
    const response = await alice[via]("GET", search({ q }));
    expect(response.status).toBe(200);
    expect(titles(response)).toEqual(expected);
    const total = expected.length;
    expect(response.body.pagination).toEqual({ page: 1, limit: 20, total, pages: Math.ceil(total / 20) });
  });

  it("combines with completed, page and limit", async () => {
    expect(titles(await alice[via]("GET", search({ q: "milk", completed: "true" })))).toEqual([
      "buttermilk ✓",
    ]);
    const open = await alice[via]("GET", search({ q: "milk", completed: "false", limit: "1", page: "2" }));
    expect(titles(open)).toEqual(["Milk for the cat"]);
    expect(open.body.pagination).toEqual({ page: 2, limit: 1, total: 2, pages: 2 });
    const beyond = await alice[via]("GET", search({ q: "milk", page: "9" }));
    expect([titles(beyond), beyond.body.pagination.total]).toEqual([[], 3]);
  });

  it("returns the tasks as the list contains them", async () => {
    const all = (await alice[via]("GET", "/api/tasks")).body.data;
    const found = (await alice[via]("GET", search({ q: "milk" }))).body.data;
    expect(found).toStrictEqual(
      found.map(({ id }: { id: number }) => all.find((task: { id: number }) => task.id === id)),
    );
    expect(found).toHaveLength(3);
  });

  it.each([
    ["an empty text", ""],
    ["blanks", " \t "],
    ["an invisible character", "\u200b"],
    ["more than 200 characters", "🌿".repeat(201)],
  ])("rejects %s with the rule", async (_name, q) => {
    const response = await alice[via]("GET", search({ q }));
    expectError(response, 422, "VALIDATION_ERROR");
    expect(response.body.error.details).toEqual({ q: ["Search for 1 to 200 characters, or leave q out."] });
  });

  it("rejects NUL and a repeated parameter, and accepts 200 characters", async () => {
    expectError(await alice[via]("GET", "/api/tasks?q=%00"), 422, "VALIDATION_ERROR");
    expectError(await alice[via]("GET", "/api/tasks?q=a&q=b"), 422, "VALIDATION_ERROR");
    expect((await alice[via]("GET", search({ q: "🌿".repeat(200) }))).status).toBe(200);
  });
});

describe("GET /dashboard?q=", () => {
  const visit = async (query: Record<string, string>) => {
    const path = `/dashboard?${new URLSearchParams(query)}`;
    const { status, text } = await request(app.url, "GET", path, { headers: { Cookie: alice.cookie } });
    expect(status).toBe(200);
    return text;
  };
  const textOf = (html: string) => html.replace(/<!-- -->|<\/?bdi>/g, "");
  const listed = (html: string) =>
    [...html.matchAll(/<p id="task-\d+"[^>]*><a[^>]*>(.*?)<\/a>/g)].map(([, title = ""]) =>
      title.replace(/<[^>]+>/g, ""),
    );
  const filters = (html: string) =>
    [
      ...(/<nav aria-label="Which matches">.*?<\/nav>/s.exec(html)?.[0] ?? "").matchAll(
        /href="([^"]+)".*?>(\d+)</gs,
      ),
    ].map(([, href = "", count]) => [href.replaceAll("&amp;", "&"), Number(count)]);

  it("lists the matches of the view, marks them, and counts those of every view", async () => {
    const html = await visit({ q: "milk" });
    expect(listed(html)).toEqual(["Bake a cake", "Milk for the cat"]);
    expect(html).toContain("<mark>Milk</mark> for the cat");
    expect(html).toContain("With oat <mark>MILK</mark> and flour");
    expect(filters(html)).toEqual([
      ["/dashboard?q=milk", 2],
      ["/dashboard?show=done&q=milk", 1],
      ["/dashboard?show=all&q=milk", 3],
    ]);
    expect(textOf(html)).toContain("2 open tasks with “milk”");
    // Not the number of matches.
    expect(textOf(html)).toContain("6 left");
    expect(listed(await visit({ q: "milk", show: "done" }))).toEqual(["buttermilk ✓"]);
    expect(listed(await visit({ q: "milk", show: "all" }))).toHaveLength(3);
  });

  it("escapes the text in the field, the marks and the links", async () => {
    const q = `"><b>&amp; ..%2F\\`;
    const html = await visit({ q });
    expect(html).toMatch(/<input[^>]* value="&quot;&gt;&lt;b&gt;&amp;amp; \.\.%2F\\"/);
    expect(html).not.toContain('"><b>');
  });

  it("shows how to widen a search without a match in the view", async () => {
    const elsewhere = await visit({ q: "buttermilk" });
    expect(textOf(elsewhere)).toContain("No open tasks with “buttermilk”");
    expect(elsewhere).toMatch(/<a[^>]* href="\/dashboard\?show=done&amp;q=buttermilk"[^>]*>Show 1 done task/);
    const nowhere = await visit({ q: "zzz", show: "all" });
    expect(nowhere).toContain("None of your tasks has it.");
    expect(nowhere).toMatch(/<a[^>]* href="\/dashboard\?show=all"[^>]*>Clear the search/);
  });

  it.each(["", " ", "\u0000", "a".repeat(201)])(
    "lists all tasks of the view for the invalid text %j",
    async (q) => {
      expect(listed(await visit({ q }))).toHaveLength(6);
    },
  );

  it("is paged, newest completion first among the done tasks", async () => {
    const carol = await createUser(app);
    await queryRows(
      app.databaseUrl,
      `insert into task (user_id, title, completed, created_at, completed_at)
       select $1, case n % 2 when 0 then 'fern ' else 'ivy ' end || n, true, now() - n * interval '1 hour',
         now() - (100 - n) * interval '1 minute'
       from generate_series(1, 60) n`,
      [carol.id],
    );
    const found: string[] = [];
    for (const page of [1, 2]) {
      const path = `/dashboard?show=done&q=fern&page=${page}`;
      const { text } = await request(app.url, "GET", path, { headers: { Cookie: carol.cookie } });
      found.push(...listed(text));
      expect(text).toMatch(
        page === 1
          ? /href="\/dashboard\?page=2&amp;show=done&amp;q=fern"/
          : /href="\/dashboard\?show=done&amp;q=fern"/,
      );
    }
    expect(found).toEqual(Array.from({ length: 30 }, (_, index) => `fern ${60 - 2 * index}`));
  });

  it("keeps the search after a check, an edit, a deletion and an undo", async () => {
    const carol = await createUser(app);
    const { id } = (await carol.api("POST", "/api/tasks", { title: "Water the fern.. twice" })).body;
    const path = "/dashboard?show=all&q=fern%2E%2E";
    const fields = { id: String(id) };
    for (const form of [
      { intent: "complete", completed: "true" },
      { intent: "save", title: "Water the fern.. thrice", description: "" },
      { intent: "delete" },
      { intent: "restore" },
      { intent: "add", title: "Another" },
    ]) {
      const response = await carol.form(path, { ...fields, ...form });
      expect([response.status, response.headers.get("Location")]).toEqual([302, path]);
    }
    const returned = await carol.form(`/tasks/${id}/delete`, { return_to: path });
    expect(returned.headers.get("Location")).toBe(path);
  });

  it.each([
    ["Water the fern", false],
    ["Buy bread", true],
  ])("offers to show the new task %j only if the search does not find it", async (title, offers) => {
    const carol = await createUser(app);
    const added = await carol.form("/dashboard?q=FERN", { intent: "add", title });
    expect(added.headers.get("Location")).toBe("/dashboard?q=FERN");
    const cookies = cookiesAfter(added, carol.cookie);
    const { text } = await request(app.url, "GET", "/dashboard?q=FERN", { headers: { Cookie: cookies } });
    expect(text).toContain("Added.");
    expect(/>Show it</.test(text)).toBe(offers);
  });

  it("of another user's text finds nothing", async () => {
    expect(listed(await visit({ q: "Bob", show: "all" }))).toEqual([]);
  });
});

it("an edit in a long search whose session has ended leads to a sign-in page that keeps the text", async () => {
  const carol = await createUser(app);
  const { id } = (await carol.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  await queryRows(app.databaseUrl, "delete from session where user_id = $1", [carol.id]);
  const path = `/dashboard?q=${encodeURIComponent("🌿".repeat(200))}`;
  const fields = { intent: "save", id: String(id), title: "Water both", description: "", user_id: carol.id };
  const refused = await carol.form(path, fields);
  const location = refused.headers.get("Location") ?? "";
  expect(decodeURIComponent(location)).toMatch(new RegExp(`^/signin\\?redirectTo=/tasks/${id}`));
  expect((await request(app.url, "GET", location)).status).toBe(200);
});

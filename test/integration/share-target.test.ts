import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, PASSWORD, type TestResponse, type TestUser } from "../support/users.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock);
});
afterAll(() => tock?.stop());

const open = (path: string, cookie = ann.cookie) =>
  rawRequest(tock.url, "GET", path, { headers: { Cookie: cookie } });
const post = (path: string, fields: Record<string, string>, cookie = ann.cookie) =>
  rawRequest(tock.url, "POST", path, {
    headers: { ...FORM, Cookie: cookie },
    body: new URLSearchParams(fields).toString(),
  });
const shared = (share: Record<string, string>) => `/dashboard?${new URLSearchParams(share)}`;
const countTasks = async () => (await ann.api("GET", "/api/tasks")).body.pagination.total;

/** What the page's fields hold, as it is written in the HTML: without JavaScript there is nothing else. */
function prefilled({ status, text }: TestResponse) {
  expect(status).toBe(200);
  const [input = ""] = /<input\b[^>]* name="title"[^>]*>/.exec(text) ?? [];
  const [, description] = /<textarea\b[^>]* name="description"[^>]*>(.*?)<\/textarea>/s.exec(text) ?? [];
  return { title: / value="([^"]*)"/.exec(input)?.[1] ?? "", description };
}

describe("what another app shares", () => {
  it("stands in the form for a new task, escaped, and nothing is stored", async () => {
    const before = await countTasks();
    const page = await open(
      shared({
        title: `"Ferns" & <b>ivy</b>`,
        text: "</textarea><script>",
        url: "https://example.org/a?b=1&c",
      }),
    );
    expect(prefilled(page)).toEqual({
      title: "&quot;Ferns&quot; &amp; &lt;b&gt;ivy&lt;/b&gt;",
      description: "&lt;/textarea&gt;&lt;script&gt;\nhttps://example.org/a?b=1&amp;c",
    });
    expect(page.text).toMatch(/<details[^>]* open=""/);
    expect(await countTasks()).toBe(before);
  });

  it("waits in the form while something else is done, and is gone from it once it was added", async () => {
    const path = shared({ title: "Ferns", text: "Shade" });
    const { id } = (await ann.api("POST", "/api/tasks", { title: "Buy bread" })).body;
    const done = await post(path, { intent: "complete", id: String(id), completed: "true" });
    expect([done.status, done.headers.get("Location")]).toEqual([302, path]);

    const before = await countTasks();
    const added = await post(path, { intent: "add", title: "Ferns", description: "Shade" });
    expect([added.status, added.headers.get("Location")]).toEqual([302, "/dashboard"]);
    expect(await countTasks()).toBe(before + 1);
    expect(prefilled(await open("/dashboard")).title).toBe("");
  });

  it("is still there after signing in first, dots and all", async () => {
    const sent = await open(shared({ title: "Ferns...", text: "Shade & water\nDaily..." }), "");
    const signInPage = sent.headers.get("Location") ?? "";
    expect([sent.status, signInPage]).toEqual([302, expect.stringMatching(/^\/signin\?redirectTo=/)]);
    const page = await open(signInPage, "");
    const redirectTo =
      /name="redirectTo" value="([^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const fields = { intent: "signin", email: ann.email, password: PASSWORD, redirectTo };
    const signedIn = await post("/signin", fields, "");
    expect(prefilled(await open(signedIn.headers.get("Location") ?? ""))).toEqual({
      title: "Ferns...",
      description: "Shade &amp; water\nDaily...",
    });
  });

  it("is taken whole by somebody who is signed in, however long it is in an address, and can be added", async () => {
    const path = shared({ title: "漢".repeat(200), text: "字".repeat(1_000) });
    expect(path.length).toBeGreaterThan(10_000);
    expect(prefilled(await open(path))).toEqual({ title: "漢".repeat(200), description: "字".repeat(1_000) });
    const added = await post(path, { intent: "add", title: "漢", description: "字" });
    expect([added.status, added.headers.get("Location")]).toEqual([302, "/dashboard"]);
  });

  it("is cut, and says so, where it has to wait for the sign-in in an address of ordinary length", async () => {
    const sent = await open(shared({ title: "漢".repeat(250), text: "字".repeat(1_000) }), "");
    const signInPage = sent.headers.get("Location") ?? "";
    expect((await open(signInPage, "")).status).toBe(200);
    const back = new URL(signInPage, tock.url).searchParams.get("redirectTo") ?? "";
    const { title, description } = prefilled(await open(back));
    expect(title).toBe(`${"漢".repeat(199)}…`);
    expect(description).toMatch(/^…漢+.*…$/s);
  });
});

describe("the shortcut to a new task", () => {
  it("opens the list with the caret in an empty form", async () => {
    const page = await open("/dashboard?title=");
    expect(prefilled(page)).toEqual({ title: "", description: "" });
    expect(page.text).toMatch(
      /<input\b[^>]* name="title"[^>]* autofocus=""|<input\b[^>]* autofocus=""[^>]* name="title"/i,
    );
    expect((await open("/dashboard")).text).not.toMatch(/autofocus/i);
  });
});

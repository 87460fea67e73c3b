import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, PASSWORD, type TestResponse, type TestUser } from "../support/users.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };

let app: AppServer;
let alice: TestUser;
beforeAll(async () => {
  app = await startApp();
  alice = await createUser(app);
});
afterAll(() => app?.stop());

const visit = (path: string, cookie = alice.cookie) =>
  rawRequest(app.url, "GET", path, { headers: { Cookie: cookie } });
const post = (path: string, fields: Record<string, string>, cookie = alice.cookie) =>
  rawRequest(app.url, "POST", path, {
    headers: { ...FORM, Cookie: cookie },
    body: new URLSearchParams(fields).toString(),
  });
const sharePath = (share: Record<string, string>) => `/dashboard?${new URLSearchParams(share)}`;
const countTasks = async () => (await alice.api("GET", "/api/tasks")).body.pagination.total;

/** The values of the form fields in the HTML, which is all that works without JavaScript. */
function formValues({ status, text }: TestResponse) {
  expect(status).toBe(200);
  const [input = ""] = /<input\b[^>]* name="title"[^>]*>/.exec(text) ?? [];
  const [, description] = /<textarea\b[^>]* name="description"[^>]*>(.*?)<\/textarea>/s.exec(text) ?? [];
  return { title: / value="([^"]*)"/.exec(input)?.[1] ?? "", description };
}

describe("text shared from another app", () => {
  it("fills the form for a new task, escaped, and is not stored", async () => {
    const before = await countTasks();
    const page = await visit(
      sharePath({
        title: `"Ferns" & <b>ivy</b>`,
        text: "</textarea><script>",
        url: "https://example.org/a?b=1&c",
      }),
    );
    expect(formValues(page)).toEqual({
      title: "&quot;Ferns&quot; &amp; &lt;b&gt;ivy&lt;/b&gt;",
      description: "&lt;/textarea&gt;&lt;script&gt;\nhttps://example.org/a?b=1&amp;c",
    });
    expect(page.text).toMatch(/<details[^>]* open=""/);
    expect(await countTasks()).toBe(before);
  });

  it("stays in the form after another action and is cleared after it was added", async () => {
    const path = sharePath({ title: "Ferns", text: "Shade" });
    const { id } = (await alice.api("POST", "/api/tasks", { title: "Buy bread" })).body;
    const completed = await post(path, { intent: "complete", id: String(id), completed: "true" });
    expect([completed.status, completed.headers.get("Location")]).toEqual([302, path]);

    const before = await countTasks();
    const added = await post(path, { intent: "add", title: "Ferns", description: "Shade" });
    expect([added.status, added.headers.get("Location")]).toEqual([302, "/dashboard"]);
    expect(await countTasks()).toBe(before + 1);
    expect(formValues(await visit("/dashboard")).title).toBe("");
  });

  it("is kept unchanged through the sign-in page", async () => {
    const redirect = await visit(sharePath({ title: "Ferns...", text: "Shade & water\nDaily..." }), "");
    const signInPage = redirect.headers.get("Location") ?? "";
    expect([redirect.status, signInPage]).toEqual([302, expect.stringMatching(/^\/signin\?redirectTo=/)]);
    const page = await visit(signInPage, "");
    const redirectTo =
      /name="redirectTo" value="([^"]*)"/.exec(page.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const fields = { intent: "signin", email: alice.email, password: PASSWORD, redirectTo };
    const signedIn = await post("/signin", fields, "");
    expect(formValues(await visit(signedIn.headers.get("Location") ?? ""))).toEqual({
      title: "Ferns...",
      description: "Shade &amp; water\nDaily...",
    });
  });

  it("is accepted at full length from a signed-in user, although its URL is long, and can be added", async () => {
    const path = sharePath({ title: "漢".repeat(200), text: "字".repeat(1_000) });
    expect(path.length).toBeGreaterThan(10_000);
    expect(formValues(await visit(path))).toEqual({
      title: "漢".repeat(200),
      description: "字".repeat(1_000),
    });
    const added = await post(path, { intent: "add", title: "漢", description: "字" });
    expect([added.status, added.headers.get("Location")]).toEqual([302, "/dashboard"]);
  });

  it("is truncated with an ellipsis when it passes through the URL of the sign-in page", async () => {
    const redirect = await visit(sharePath({ title: "漢".repeat(250), text: "字".repeat(1_000) }), "");
    const signInPage = redirect.headers.get("Location") ?? "";
    expect((await visit(signInPage, "")).status).toBe(200);
    const returnPath = new URL(signInPage, app.url).searchParams.get("redirectTo") ?? "";
    const { title, description } = formValues(await visit(returnPath));
    expect(title).toBe(`${"漢".repeat(199)}…`);
    expect(description).toMatch(/^…漢+.*…$/s);
  });
});

describe("the shortcut for a new task", () => {
  it("focuses an empty form on the dashboard", async () => {
    const page = await visit("/dashboard?title=");
    expect(formValues(page)).toEqual({ title: "", description: "" });
    expect(page.text).toMatch(
      /<input\b[^>]* name="title"[^>]* autofocus=""|<input\b[^>]* autofocus=""[^>]* name="title"/i,
    );
    expect((await visit("/dashboard")).text).not.toMatch(/autofocus/i);
  });
});

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, PASSWORD, type TestUser } from "../support/users.ts";

let app: AppServer;
let alice: TestUser;
let taskId: number;
beforeAll(async () => {
  app = await startApp();
  alice = await createUser(app);
  taskId = (await alice.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
});
afterAll(() => app?.stop());

const FORM = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };
const EXTERNAL_TARGETS = [
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "//evil.example",
  "/\t/evil.example",
  "/.//evil.example",
  "https:evil.example",
];

/** The targets of the links and forms of a page, resolved as a browser resolves them. */
const targetsOf = (html: string, path: string): URL[] =>
  [...html.matchAll(/<(?:a|form|button|link)\b[^>]*? (?:href|action|formaction)="([^"]*)"/gi)].map(
    ([, to = ""]) => new URL(to.replaceAll("&amp;", "&"), app.url + path),
  );

/*
 * GHSA-wrjc-x8rr-h8h6: <Link> and useNavigate treat "/\evil.example" as a path of this site, while browsers treat it as
 * another site. No target that a URL can set may reach them.
 */
it("no page links to another origin that its URL parameters name", async () => {
  const pages = [
    "/signin?redirectTo=",
    "/signup?redirectTo=",
    `/tasks/${taskId}?return_to=`,
    `/tasks/${taskId}/edit?return_to=`,
    `/tasks/${taskId}/delete?return_to=`,
    "/dashboard?show=",
    "/dashboard?page=",
    "/nothing?x=",
    "/nothing/",
  ];
  for (const page of pages) {
    for (const target of EXTERNAL_TARGETS) {
      const path = page + encodeURIComponent(target);
      const headers = /^\/sign/.test(page) ? {} : { Cookie: alice.cookie };
      const response = await rawRequest(app.url, "GET", path, { headers });
      expect(response.status, path).toBeLessThan(500);
      const targets = targetsOf(response.text, path);
      expect(targets.length, path).toBeGreaterThan(0);
      for (const url of targets) expect(url.origin, `${path} → ${url.href}`).toBe(app.url);
    }
  }
});

it.each([
  "//evil.example",
  "//evil.example/dashboard",
  "///evil.example",
  "//",
  "//signin?x=y",
  "//dashboard.data",
])("the path %s, which is another site when used as a link, is rejected with 400", async (path) => {
  for (const method of ["GET", "HEAD", "POST"]) {
    const response = await rawRequest(app.url, method, path, {
      headers: { Cookie: alice.cookie, "Sec-Fetch-Site": "same-origin" },
    });
    expect(response.status, `${method} ${path}`).toBe(400);
    expect(response.text).not.toContain("evil");
  }
});

it("a return path that a header cannot contain is replaced by /dashboard, and the action succeeds", async () => {
  const post = async (path: string, fields: Record<string, string>, cookie = alice.cookie) => {
    const { status, headers } = await rawRequest(app.url, "POST", path, {
      headers: { ...FORM, ...(cookie && { Cookie: cookie }) },
      body: new URLSearchParams(fields).toString(),
    });
    return [status, headers.get("Location")];
  };
  const credentials = { email: alice.email, password: PASSWORD };
  expect(await post("/signin", { ...credentials, redirectTo: "/日本" }, "")).toEqual([302, "/dashboard"]);
  const { id } = (await alice.api("POST", "/api/tasks", { title: "Sort the post" })).body;
  expect(await post(`/tasks/${id}`, { title: "Sorted", return_to: "/ä" })).toEqual([302, "/dashboard"]);
  expect((await alice.api("GET", `/api/tasks/${id}`)).body.title).toBe("Sorted");
  expect(await post(`/tasks/${id}/delete`, { return_to: "/😀" })).toEqual([302, "/dashboard"]);
});

/**
 * CPU time of the server in ms. Unlike wall-clock time it does not include other processes of a busy machine.
 * /proc counts in ticks of 10 ms; systems without it fall back to wall-clock time.
 */
function serverCpuMs(): number {
  if (process.platform !== "linux") return performance.now();
  const afterName = readFileSync(`/proc/${app.process.pid}/stat`, "utf8").replace(/^.*\) /s, "");
  const [userTicks, systemTicks] = afterName.split(" ").slice(11, 13);
  return (Number(userTicks) + Number(systemTicks)) * 10;
}

/*
 * GHSA-rxv8-25v2-qmq8: turbo-stream can exhaust the server while it encodes rejected input, and deep input costs most.
 * Rejected input is returned flat.
 */
it("a form of the largest size is rejected or returned flat within a second of CPU time", async () => {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => `${i.toString(36)}=[`).join("&");
  const nested = `${"[".repeat(6_000)}${"]".repeat(6_000)}`;
  const forms: [number, string][] = [
    [400, fields(9_000)],
    [400, fields(101)],
    [422, fields(100)],
    [422, `email=${nested}&name=${nested}&a[b][c]=${nested}`],
  ];
  for (const [status, body] of forms) {
    for (const path of ["/signin", "/signin.data", "/signup", "/signup.data"]) {
      const startedAt = serverCpuMs();
      const response = await rawRequest(app.url, "POST", path, { headers: FORM, body });
      expect(response.status, path).toBe(status);
      expect(serverCpuMs() - startedAt, path).toBeLessThan(1_000);
    }
  }
  expect((await rawRequest(app.url, "GET", "/health")).status).toBe(200);
});

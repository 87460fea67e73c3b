import { afterAll, beforeAll, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { rawRequest } from "../support/raw-request.ts";
import { createUser, PASSWORD, type TestUser } from "../support/users.ts";

let tock: AppServer;
let ann: TestUser;
let task: number;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock);
  task = (await ann.api("POST", "/api/tasks", { title: "Water the fern" })).body.id;
});
afterAll(() => tock?.stop());

const ELSEWHERE = [
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "//evil.example",
  "/\t/evil.example",
  "/.//evil.example",
  "https:evil.example",
];

/** Where links and forms of a page lead, as a browser takes them. */
const targets = (html: string, path: string): URL[] =>
  [...html.matchAll(/<(?:a|form|button|link)\b[^>]*? (?:href|action|formaction)="([^"]*)"/gi)].map(
    ([, to = ""]) => new URL(to.replaceAll("&amp;", "&"), tock.url + path),
  );

/*
 * GHSA-wrjc-x8rr-h8h6: <Link> and useNavigate take "/\evil.example" for a path of this site, and browsers for another
 * site. None that somebody else may choose comes to them.
 */
it("no page leads elsewhere, whatever its address asks for", async () => {
  const pages = [
    "/signin?redirectTo=",
    "/signup?redirectTo=",
    `/tasks/${task}?return_to=`,
    `/tasks/${task}/delete?return_to=`,
    "/dashboard?show=",
    "/dashboard?page=",
    "/nothing?x=",
    "/nothing/",
  ];
  for (const page of pages) {
    for (const there of ELSEWHERE) {
      const path = page + encodeURIComponent(there);
      const cookie = /^\/sign/.test(page) ? {} : { Cookie: ann.cookie };
      const answer = await rawRequest(tock.url, "GET", path, { headers: cookie });
      expect(answer.status, path).toBeLessThan(500);
      const leads = targets(answer.text, path);
      expect(leads.length, path).toBeGreaterThan(0);
      for (const url of leads) expect(url.origin, `${path} → ${url.href}`).toBe(tock.url);
    }
  }
});

it("an address that is another site's once it is a link is refused before it can become one", async () => {
  for (const path of [
    "//evil.example",
    "//evil.example/dashboard",
    "///evil.example",
    "//",
    "//signin?x=y",
    "//dashboard.data",
  ]) {
    for (const method of ["GET", "HEAD", "POST"]) {
      const answer = await rawRequest(tock.url, method, path, {
        headers: { Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" },
      });
      expect(answer.status, `${method} ${path}`).toBe(400);
      expect(answer.text).not.toContain("evil");
    }
  }
});

it("a way back that no header can hold is left out, and what was asked for is done", async () => {
  const post = (path: string, fields: Record<string, string>, cookie = ann.cookie) =>
    rawRequest(tock.url, "POST", path, {
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        "Sec-Fetch-Site": "same-origin",
        ...(cookie && { Cookie: cookie }),
      },
      body: new URLSearchParams(fields).toString(),
    });
  const wayOn = async (answer: ReturnType<typeof post>) => {
    const { status, headers } = await answer;
    return [status, headers.get("Location")];
  };
  const { email } = ann;
  const signIn = post("/signin", { email, password: PASSWORD, redirectTo: "/日本" }, "");
  expect(await wayOn(signIn)).toEqual([302, "/dashboard"]);
  const { id } = (await ann.api("POST", "/api/tasks", { title: "Sort the post" })).body;
  const save = post(`/tasks/${id}`, { title: "Sorted", return_to: "/ä" });
  expect(await wayOn(save)).toEqual([302, "/dashboard"]);
  expect((await ann.api("GET", `/api/tasks/${id}`)).body.title).toBe("Sorted");
  const removal = post(`/tasks/${id}/delete`, { return_to: "/😀" });
  expect(await wayOn(removal)).toEqual([302, "/dashboard"]);
});

/*
 * GHSA-rxv8-25v2-qmq8: input that is given back can exhaust the server while turbo-stream encodes it, the deeper the
 * worse. Ours is flat, whatever it looks like.
 */
it("a form as full as it may be is refused or given back flat, and in no time", async () => {
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
      const began = Date.now();
      const answer = await rawRequest(tock.url, "POST", path, {
        headers: { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" },
        body,
      });
      expect(answer.status, path).toBe(status);
      // A slow machine's time; what the hole costs is counted in seconds, or never ends.
      expect(Date.now() - began, path).toBeLessThan(1_000);
    }
  }
  expect((await rawRequest(tock.url, "GET", "/health")).status).toBe(200);
});

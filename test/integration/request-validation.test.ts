import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isApiPath } from "#app/http/responses/error-response.server.ts";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectError, UUID } from "../support/assertions.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { rawRequest } from "../support/raw-request.ts";
import { queryRows } from "../support/sql.ts";
import { createUser, PASSWORD, request, type TestResponse, type TestUser } from "../support/users.ts";

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await createUser(tock);
});
afterAll(() => tock?.stop());

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const countTasks = async () =>
  (await queryRows(tock.databaseUrl, "select count(*)::int from task where user_id = $1", [ann.id]))[0].count;

/** A refusal before the application: JSON for programs, a small page for people. */
function expectRefused(answer: TestResponse, path: string, status: number, code: string): void {
  if (/^\/(api|health)\b/.test(path)) {
    expectError(answer, status, code);
    return;
  }
  expect(answer.status).toBe(status);
  expect(answer.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  expect(answer.headers.get("X-Request-Id")).toMatch(UUID);
  expect(answer.headers.get("Cache-Control")).toBe("private, no-store");
}

/** The three ways in that change something. */
const WAYS = [
  ["the JSON API", "/api/tasks", { "Content-Type": "application/json" }, `{"title":"x"}`],
  ["a page's form", "/dashboard", FORM, "intent=add&title=x"],
  ["a page's form by script", "/dashboard.data", FORM, "intent=add&title=x"],
] as const;

describe.each(WAYS)("with the cookie, %s", (_, path, type, body) => {
  const own = () => new URL(tock.url).origin;
  const ROWS: [string, () => Record<string, string>, boolean][] = [
    ["Sec-Fetch-Site: same-origin", () => ({ "Sec-Fetch-Site": "same-origin" }), true],
    [
      "Sec-Fetch-Site: same-origin and our Origin",
      () => ({ "Sec-Fetch-Site": "same-origin", Origin: own() }),
      true,
    ],
    ["our Origin alone", () => ({ Origin: own() }), true],
    ["Sec-Fetch-Site: same-site", () => ({ "Sec-Fetch-Site": "same-site" }), false],
    ["Sec-Fetch-Site: cross-site", () => ({ "Sec-Fetch-Site": "cross-site" }), false],
    [
      "Sec-Fetch-Site: cross-site, whatever Origin says",
      () => ({ "Sec-Fetch-Site": "cross-site", Origin: own() }),
      false,
    ],
    ["Sec-Fetch-Site: none", () => ({ "Sec-Fetch-Site": "none" }), false],
    ["Sec-Fetch-Site: nonsense", () => ({ "Sec-Fetch-Site": "Same-Origin, same-origin" }), false],
    ["another Origin", () => ({ Origin: "https://evil.example" }), false],
    ["our host at another port", () => ({ Origin: "http://127.0.0.1:1" }), false],
    ["our host by https", () => ({ Origin: own().replace("http:", "https:") }), false],
    ["our Origin as a prefix", () => ({ Origin: `${own()}.evil.example` }), false],
    ["Origin: null", () => ({ Origin: "null" }), false],
    [
      "another Origin that X-Forwarded-Host claims for us",
      () => ({
        Origin: "https://evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
      }),
      false,
    ],
    ["neither", () => ({}), false],
  ];
  it.each(ROWS)("%s", async (__, headers, passes) => {
    const before = await countTasks();
    const answer = await rawRequest(tock.url, "POST", path, {
      headers: { ...type, Cookie: ann.cookie, ...headers() },
      body,
    });
    if (passes) expect(answer.status).toBeLessThan(400);
    else expectRefused(answer, path, 403, "FORBIDDEN");
    expect((await countTasks()) - before).toBe(passes ? 1 : 0);
  });

  it("a Bearer token does not vouch for a cookie", async () => {
    const before = await countTasks();
    const headers = {
      ...type,
      Cookie: ann.cookie,
      "Sec-Fetch-Site": "cross-site",
      Authorization: "Bearer nonsense",
    };
    const { status } = await rawRequest(tock.url, "POST", path, { headers, body });
    expect([401, 403]).toContain(status);
    expect(await countTasks()).toBe(before);
  });
});

it("with the cookie, no address takes any change from elsewhere, and each hears what comes from here", async () => {
  const { id } = (await ann.api("POST", "/api/tasks", { title: "Keep it" })).body;
  const addresses = [
    ...[
      "/",
      "/dashboard",
      "/dashboard.data",
      "/settings",
      "/settings.data",
      "/signin",
      "/signout",
      "/nothing",
    ],
    ...[`/tasks/${id}`, `/tasks/${id}.data`, `/tasks/${id}/delete`, "/favicon.svg", "/assets/nothing.js"],
    ...["/api/tasks", `/api/tasks/${id}`, `/api/tasks/${id}/complete`, "/api/auth/profile", "/health"],
    ...["/api/auth/sessions", `/api/auth/sessions/${claimsOf(ann.token).sid}`, "/api/auth/account"],
    ...["/api/auth/signin", "/api/auth/signup", "/api/auth/signout", "/api/auth/export", "/api/nothing"],
  ];
  const elsewhere: Record<string, string>[] = [
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site", Origin: new URL(tock.url).origin },
    { Origin: "https://evil.example" },
    { Origin: "null" },
    {},
  ];
  const everything = () =>
    queryRows(
      tock.databaseUrl,
      `select (select json_agg(u)::text from "user" u) as users, (select json_agg(t)::text from task t) as tasks,
       (select json_agg(id)::text from session) as sessions`,
    );
  const before = await everything();
  for (const path of addresses) {
    const type = isApiPath(path) ? "application/json" : FORM["Content-Type"];
    const body = isApiPath(path)
      ? JSON.stringify({ title: "x", name: "x", password: PASSWORD })
      : "intent=add&title=x&name=x";
    await Promise.all(
      ["POST", "PUT", "PATCH", "DELETE"].flatMap((method) =>
        elsewhere.map(async (from) => {
          const headers = { "Content-Type": type, Cookie: ann.cookie, ...from };
          const answer = await rawRequest(tock.url, method, path, { headers, body });
          expect(answer.status, `${method} ${path} ${JSON.stringify(from)}`).toBe(403);
          expectRefused(answer, path, 403, "FORBIDDEN");
        }),
      ),
    );
    // The guard was asked, and not a wrong address or method before it: without its no the same is something else.
    const headers = { "Content-Type": "text/plain", Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" };
    if (!/signout|sessions|\/delete$/.test(path))
      expect((await rawRequest(tock.url, "POST", path, { headers, body: "x" })).status, path).not.toBe(403);
  }
  expect(await everything()).toEqual(before);
});

it("of a form's field that comes twice the last one counts, in what it does and in what it says", async () => {
  const headers = { ...FORM, Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" };
  const body = "intent=delete&intent=add&title=the+first&title=the+last";
  expect((await rawRequest(tock.url, "POST", "/dashboard", { headers, body })).status).toBe(302);
  expect((await ann.api("GET", "/api/tasks?limit=1")).body.data[0].title).toBe("the last");
});

describe("without the cookie", () => {
  it.each(["same-site", "cross-site", "none"])(
    "a Bearer token needs no origin: Sec-Fetch-Site %s",
    async (site) => {
      const headers = {
        Authorization: `Bearer ${ann.token}`,
        "Sec-Fetch-Site": site,
        Origin: "https://evil.example",
      };
      for (const more of [{}, { Cookie: ann.cookie }]) {
        const sent = {
          headers: { ...headers, ...more, "Content-Type": "application/json" },
          body: `{"title":"x"}`,
        };
        expect((await rawRequest(tock.url, "POST", "/api/tasks", sent)).status).toBe(201);
      }
    },
  );

  it("a program that says nothing of an origin signs in; another site's page does not", async () => {
    const body = JSON.stringify({ email: ann.email, password: PASSWORD });
    const headers = { "Content-Type": "application/json" };
    expect((await rawRequest(tock.url, "POST", "/api/auth/signin", { headers, body })).status).toBe(200);
    const forged = { headers: { ...headers, "Sec-Fetch-Site": "cross-site" }, body };
    expectError(await rawRequest(tock.url, "POST", "/api/auth/signin", forged), 403, "FORBIDDEN");
  });
});

it("reading is free from anywhere: a link from another site opens the page and the list", async () => {
  const headers = { Cookie: ann.cookie, "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" };
  for (const path of ["/dashboard", "/dashboard.data", "/api/tasks"]) {
    expect((await rawRequest(tock.url, "GET", path, { headers })).status).toBe(200);
  }
});

const EVERYWHERE = ["/", "/dashboard", "/dashboard.data", "/nothing", "/api/tasks", "/health"];

describe("the gate", () => {
  it.each(["TRACE", "OPTIONS", "PROPFIND", "LINK"])("refuses %s with 405 and Allow", async (method) => {
    for (const path of EVERYWHERE) {
      const answer = await rawRequest(tock.url, method, path);
      expectRefused(answer, path, 405, "METHOD_NOT_ALLOWED");
      expect(answer.headers.get("Allow")).toContain("GET");
    }
  });

  it("serves no single loader's data by _data", async () => {
    for (const path of [
      "/?_data",
      "/dashboard?_data=routes%2Fdashboard",
      "/dashboard?page=1&_data=root",
      "/api/tasks?_data=",
      "/nothing?%5Fdata=root",
    ]) {
      const headers = { Cookie: ann.cookie };
      expectRefused(await rawRequest(tock.url, "GET", path, { headers }), path, 400, "BAD_REQUEST");
      const posted = {
        headers: { ...headers, ...FORM, "Sec-Fetch-Site": "same-origin" },
        body: "intent=add&title=x",
      };
      expectRefused(await rawRequest(tock.url, "POST", path, posted), path, 400, "BAD_REQUEST");
    }
  });

  it.each([
    "a b",
    "evil.example/path",
    "ann@evil.example",
    "a:b",
    "a:99999",
    "[::1",
    "%00",
    "a,b",
    "http://a",
    "é",
  ])("refuses the Host %j", async (host) => {
    for (const path of ["/", "/api/tasks"]) {
      const answer = await rawRequest(tock.url, "GET", path, { headers: { Host: host } });
      if (answer.body) expectError(answer, 400, "BAD_REQUEST");
      else expectRefused(answer, path, 400, "BAD_REQUEST");
    }
  });

  it("refuses on pages what no page takes, and says what it takes", async () => {
    const headers = { ...FORM, Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" };
    for (const path of ["/dashboard", "/settings", "/signin", "/signout"]) {
      for (const method of ["PUT", "PATCH", "DELETE"]) {
        const answer = await rawRequest(tock.url, method, path, { headers, body: "a=b" });
        expect(answer.status, `${method} ${path}`).toBe(405);
        expect(answer.headers.get("Allow")).toBe("GET, HEAD, POST");
      }
    }
    expect((await rawRequest(tock.url, "POST", "/", { headers, body: "a=b" })).status).toBe(405);
  });

  it("refuses forms over 64 KiB, declared and in chunks, and what is no form", async () => {
    const headers = { ...FORM, Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" };
    const chunks = ["intent=add&title=", ...Array.from({ length: 65 }, () => "x".repeat(1024))];
    for (const path of ["/dashboard", "/dashboard.data"]) {
      for (const body of [chunks.join(""), chunks]) {
        expectRefused(
          await rawRequest(tock.url, "POST", path, { headers, body }),
          path,
          413,
          "PAYLOAD_TOO_LARGE",
        );
      }
      const json = await rawRequest(tock.url, "POST", path, {
        headers: { ...headers, "Content-Type": "application/json" },
        body: "{}",
      });
      expect(json.status).toBe(415);
    }
  });

  it("names every answer, each by another id, and keeps all but files out of caches", async () => {
    const paths = [
      "/",
      "/signin",
      "/dashboard",
      "/dashboard.data",
      "/nothing",
      "/favicon.svg",
      "/api/nothing",
      "/?_data",
      "/health",
      "/assets/nothing.js",
    ];
    const answers = await Promise.all(
      paths.map((path) => rawRequest(tock.url, "GET", path, { headers: { "X-Request-Id": "mine" } })),
    );
    const ids = answers.map((answer) => answer.headers.get("X-Request-Id"));
    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(paths.length);
    for (const [index, answer] of answers.entries()) {
      if (paths[index] !== "/favicon.svg")
        expect(answer.headers.get("Cache-Control"), paths[index]).toBe("private, no-store");
    }
  });
});

describe("files", () => {
  const assets = async () => {
    const page = await rawRequest(tock.url, "GET", "/");
    return [...new Set(page.text.match(/\/assets\/[\w.-]+\.(js|css)/g))];
  };

  it("under assets/ are kept for ever, and come compressed as the browser likes", async () => {
    const paths = await assets();
    expect(paths.some((path) => path.endsWith(".css")) && paths.some((path) => path.endsWith(".js"))).toBe(
      true,
    );
    const encodings = new Map<string, number>();
    for (const path of paths) {
      const plain = await rawRequest(tock.url, "GET", path);
      expect(plain.status).toBe(200);
      expect(plain.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
      expect(plain.headers.get("Content-Type")).toMatch(
        path.endsWith(".css") ? /^text\/css/ : /^(text|application)\/javascript/,
      );
      expect(plain.headers.get("Content-Encoding")).toBeNull();
      if (Buffer.byteLength(plain.text) < 1024) continue;
      for (const [accepted, expected] of [
        ["gzip, deflate, br", "br"],
        ["gzip", "gzip"],
      ] as const) {
        const packed = await rawRequest(tock.url, "GET", path, { headers: { "Accept-Encoding": accepted } });
        const encoding = packed.headers.get("Content-Encoding");
        // What the build did not compress beforehand is gzipped on the way.
        expect([expected, "gzip"], path).toContain(encoding);
        if (encoding !== expected) continue;
        expect(packed.headers.get("Vary")).toMatch(/accept-encoding/i);
        encodings.set(expected, (encodings.get(expected) ?? 0) + 1);
        const read = await fetch(tock.url + path, { headers: { "Accept-Encoding": expected } });
        expect(await read.text()).toBe(plain.text);
      }
    }
    expect(encodings.get("br")).toBeGreaterThan(2);
  });

  it("outside of the client's folder stay inside the house", async () => {
    for (const path of [
      "/../server/index.js",
      "/assets/../../server/index.js",
      "/%2e%2e/server/index.js",
      "/assets/..%2f..%2fserver%2findex.js",
      "/assets/",
      "/assets",
      "/.vite/manifest.json",
      "/package.json",
      "/.env",
    ]) {
      const answer = await rawRequest(tock.url, "GET", path, { headers: { "Accept-Encoding": "br" } });
      expect(answer.status, path).toBe(404);
      expect(answer.text).not.toMatch(/createServer|"dependencies"|"isEntry"/);
    }
  });

  it("HTML comes gzipped when asked, and as it is when not", async () => {
    const packed = await rawRequest(tock.url, "GET", "/signin", { headers: { "Accept-Encoding": "gzip" } });
    expect([packed.status, packed.headers.get("Content-Encoding")]).toEqual([200, "gzip"]);
    const plain = await rawRequest(tock.url, "GET", "/signin");
    expect(plain.headers.get("Content-Encoding")).toBeNull();
    expect(plain.text).toContain("<form");
    expect(
      await (await fetch(`${tock.url}/signin`, { headers: { "Accept-Encoding": "gzip" } })).text(),
    ).toContain("<form");
  });
});

const addressOf = async (answer: TestResponse) =>
  (
    await queryRows(tock.databaseUrl, "select ip_address from session where id = $1", [
      claimsOf(answer.body.token).sid,
    ])
  )[0].ip_address;
const signInAs = (base: string, headers: Record<string, string>) =>
  rawRequest(base, "POST", "/api/auth/signin", {
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ email: ann.email, password: PASSWORD }),
  });

describe("TRUST_PROXY", () => {
  const FORWARDED = { "X-Forwarded-For": "6.6.6.6, 203.0.113.9" };

  it("=0 believes no forwarded header", async () => {
    expect(await addressOf(await signInAs(tock.url, FORWARDED))).toBe("127.0.0.1");
    const answer = await rawRequest(tock.url, "GET", "/signin", {
      headers: { "X-Forwarded-Host": "a b", "X-Forwarded-Proto": "http" },
    });
    expect(answer.status).toBe(200);
  });

  it("=1 believes what the one proxy wrote last, and nothing before it", async () => {
    const proxied = await startApp({ DATABASE_URL: tock.databaseUrl, TRUST_PROXY: "1" });
    try {
      expect(await addressOf(await signInAs(proxied.url, FORWARDED))).toBe("203.0.113.9");
      expect(await addressOf(await signInAs(proxied.url, {}))).toBe("127.0.0.1");
      const seen = { "X-Forwarded-Host": "evil.example, tock.example.org", "X-Forwarded-Proto": "https" };
      const post = (origin: string, more = {}) =>
        rawRequest(proxied.url, "POST", "/api/tasks", {
          headers: {
            ...seen,
            ...more,
            Cookie: ann.cookie,
            Origin: origin,
            "Content-Type": "application/json",
          },
          body: `{"title":"x"}`,
        });
      expect((await post("https://tock.example.org")).status).toBe(201);
      for (const origin of ["https://evil.example", "http://tock.example.org", new URL(proxied.url).origin]) {
        expectError(await post(origin), 403, "FORBIDDEN");
      }
      for (const scheme of ["nonsense", "javascript", "ht tp", "https://x"]) {
        const odd = await post("null", { "X-Forwarded-Proto": scheme });
        expect([400, 403], scheme).toContain(odd.status);
        const page = await rawRequest(proxied.url, "GET", "/signin", {
          headers: { "X-Forwarded-Proto": scheme },
        });
        expect([200, 400], scheme).toContain(page.status);
      }
    } finally {
      await proxied.stop();
    }
  });
});

describe("APP_URL=https://tock.example.org behind one proxy", () => {
  let secure: AppServer;
  const VISITOR = { Host: "tock.example.org", "X-Forwarded-Proto": "https" };
  beforeAll(async () => {
    secure = await startApp({
      DATABASE_URL: tock.databaseUrl,
      TRUST_PROXY: "1",
      APP_URL: "https://tock.example.org",
    });
  });
  afterAll(() => secure?.stop());

  it("serves its own host, with HSTS", async () => {
    const answer = await rawRequest(secure.url, "GET", "/signin", { headers: VISITOR });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Strict-Transport-Security")).toMatch(/^max-age=\d{7,}/);
    expect(
      (await rawRequest(tock.url, "GET", "/signin")).headers.get("Strict-Transport-Security"),
    ).toBeNull();
  });

  it("serves no other host, but its health to whoever asks inside", async () => {
    for (const host of [
      "evil.example",
      "tock.example.org.evil.example",
      "tock.example.org:8443",
      new URL(secure.url).host,
    ]) {
      for (const path of ["/", "/api/tasks"]) {
        expectRefused(
          await rawRequest(secure.url, "GET", path, { headers: { ...VISITOR, Host: host } }),
          path,
          400,
          "BAD_REQUEST",
        );
      }
      const health = await rawRequest(secure.url, "GET", "/health", {
        headers: { Host: host, "X-Forwarded-Proto": "http" },
      });
      expect([health.status, health.body.status]).toEqual([200, "ok"]);
    }
  });

  it("leads from http to https, path, query and method kept", async () => {
    const http = { ...VISITOR, "X-Forwarded-Proto": "http" };
    const answer = await rawRequest(secure.url, "GET", "/signin?redirectTo=%2Fdashboard", { headers: http });
    expect([301, 308]).toContain(answer.status);
    expect(answer.headers.get("Location")).toBe("https://tock.example.org/signin?redirectTo=%2Fdashboard");
    const strange = await rawRequest(secure.url, "GET", "//evil.example/x", { headers: http });
    expect(new URL(strange.headers.get("Location") ?? "https://tock.example.org").origin).toBe(
      "https://tock.example.org",
    );
    const posted = await rawRequest(secure.url, "POST", "/api/auth/signin", { headers: http, body: "{}" });
    expect([posted.status, posted.headers.get("Location")]).toEqual([
      308,
      "https://tock.example.org/api/auth/signin",
    ]);
  });

  it("takes changes from pages of https://tock.example.org, and of nowhere else", async () => {
    const answer = await signInAs(secure.url, { ...VISITOR, Origin: "https://tock.example.org" });
    expect(answer.status).toBe(200);
    for (const origin of [
      "http://tock.example.org",
      "https://www.tock.example.org",
      "null",
      new URL(secure.url).origin,
    ]) {
      expectError(await signInAs(secure.url, { ...VISITOR, Origin: origin }), 403, "FORBIDDEN");
    }
  });
});

describe("the API is spelt as it is", () => {
  it.each(["/API/tasks", "/HEALTH", "/health/", "/health.data", "/api/tasks/", "/API/tasks.data"])(
    "%s is a 404 in JSON",
    async (path) => {
      expectError(await request(tock.url, "GET", path), 404, "NOT_FOUND");
    },
  );

  it("and names the methods of a path to whoever asks for its options", async () => {
    const answer = await request(tock.url, "OPTIONS", "/api/tasks");
    expectError(answer, 405, "METHOD_NOT_ALLOWED");
    expect(answer.headers.get("Allow")).toBe("GET, HEAD, POST");
  });
});

describe("a page without a form", () => {
  it.each(["/", "/?index"])("POST %s is a 405 that nobody has to be woken for", async (path) => {
    const answer = await request(tock.url, "POST", path, { body: "a=b", headers: FORM });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("Allow")).toBe("GET, HEAD");
    expect(tock.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isApiPath } from "#app/http/responses/api-path.ts";
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

/** Expects an error response of request validation: JSON for API paths, else a minimal page. */
function expectRejected(response: TestResponse, path: string, status: number, code: string): void {
  if (/^\/(api|health)\b/.test(path)) {
    expectError(response, status, code);
    return;
  }
  expect(response.status).toBe(status);
  expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  // In the design of the other pages.
  expect(response.text).toMatch(/<link rel="stylesheet" href="\/assets\/styles-[\w-]+\.css">/);
  expect(response.headers.get("X-Request-Id")).toMatch(UUID);
  expect(response.headers.get("Cache-Control")).toBe("private, no-store");
}

/** The kinds of requests that change data. */
const ENTRY_POINTS = [
  ["the JSON API", "/api/tasks", { "Content-Type": "application/json" }, `{"title":"x"}`],
  ["a page's form", "/dashboard", FORM, "intent=add&title=x"],
  ["a page's form with JavaScript", "/dashboard.data", FORM, "intent=add&title=x"],
] as const;

describe.each(ENTRY_POINTS)("a cookie request to %s", (_, path, type, body) => {
  const ownOrigin = () => new URL(tock.url).origin;
  const ROWS: [string, () => Record<string, string>, boolean][] = [
    ["Sec-Fetch-Site: same-origin", () => ({ "Sec-Fetch-Site": "same-origin" }), true],
    [
      "Sec-Fetch-Site: same-origin and the own Origin",
      () => ({ "Sec-Fetch-Site": "same-origin", Origin: ownOrigin() }),
      true,
    ],
    ["the own Origin alone", () => ({ Origin: ownOrigin() }), true],
    ["Sec-Fetch-Site: same-site", () => ({ "Sec-Fetch-Site": "same-site" }), false],
    ["Sec-Fetch-Site: cross-site", () => ({ "Sec-Fetch-Site": "cross-site" }), false],
    [
      "Sec-Fetch-Site: cross-site and the own Origin",
      () => ({ "Sec-Fetch-Site": "cross-site", Origin: ownOrigin() }),
      false,
    ],
    ["Sec-Fetch-Site: none", () => ({ "Sec-Fetch-Site": "none" }), false],
    ["an invalid Sec-Fetch-Site", () => ({ "Sec-Fetch-Site": "Same-Origin, same-origin" }), false],
    ["another Origin", () => ({ Origin: "https://evil.example" }), false],
    ["an Origin with another port", () => ({ Origin: "http://127.0.0.1:1" }), false],
    ["an Origin with another scheme", () => ({ Origin: ownOrigin().replace("http:", "https:") }), false],
    ["an Origin that starts with the own one", () => ({ Origin: `${ownOrigin()}.evil.example` }), false],
    ["Origin: null", () => ({ Origin: "null" }), false],
    [
      "another Origin that X-Forwarded-Host repeats",
      () => ({
        Origin: "https://evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
      }),
      false,
    ],
    ["neither Origin nor Sec-Fetch-Site", () => ({}), false],
  ];
  const titled = ROWS.map(
    ([name, headers, isAccepted]) =>
      [`is ${isAccepted ? "accepted" : "rejected"} with ${name}`, headers, isAccepted] as const,
  );
  it.each(titled)("%s", async (__, headers, isAccepted) => {
    const before = await countTasks();
    const response = await rawRequest(tock.url, "POST", path, {
      headers: { ...type, Cookie: ann.cookie, ...headers() },
      body,
    });
    if (isAccepted) expect(response.status).toBeLessThan(400);
    else expectRejected(response, path, 403, "FORBIDDEN");
    expect((await countTasks()) - before).toBe(isAccepted ? 1 : 0);
  });

  it("is rejected from another site with an invalid Bearer token", async () => {
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

it("every route rejects cross-origin changes with a cookie and handles same-origin ones", async () => {
  const { id } = (await ann.api("POST", "/api/tasks", { title: "Keep it" })).body;
  const paths = [
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
    "/api/auth/tokens",
    ...["/api/auth/signin", "/api/auth/signup", "/api/auth/signout", "/api/auth/export", "/api/nothing"],
  ];
  const crossOriginHeaders: Record<string, string>[] = [
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site", Origin: new URL(tock.url).origin },
    { Origin: "https://evil.example" },
    { Origin: "null" },
    {},
  ];
  const readAllRows = () =>
    queryRows(
      tock.databaseUrl,
      `select (select json_agg(u)::text from "user" u) as users, (select json_agg(t)::text from task t) as tasks,
       (select json_agg(id)::text from session) as sessions`,
    );
  const before = await readAllRows();
  for (const path of paths) {
    const type = isApiPath(path) ? "application/json" : FORM["Content-Type"];
    const body = isApiPath(path)
      ? JSON.stringify({ title: "x", name: "x", password: PASSWORD })
      : "intent=add&title=x&name=x";
    await Promise.all(
      ["POST", "PUT", "PATCH", "DELETE"].flatMap((method) =>
        crossOriginHeaders.map(async (crossOrigin) => {
          const headers = { "Content-Type": type, Cookie: ann.cookie, ...crossOrigin };
          const response = await rawRequest(tock.url, method, path, { headers, body });
          expect(response.status, `${method} ${path} ${JSON.stringify(crossOrigin)}`).toBe(403);
          expectRejected(response, path, 403, "FORBIDDEN");
        }),
      ),
    );
    // Proves that the origin caused the 403: the same request from the own origin gets another status.
    const headers = { "Content-Type": "text/plain", Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" };
    if (!/signout|sessions|\/delete$/.test(path))
      expect((await rawRequest(tock.url, "POST", path, { headers, body: "x" })).status, path).not.toBe(403);
  }
  expect(await readAllRows()).toEqual(before);
});

it("a form uses the last value of a repeated field, for its intent and its input", async () => {
  const headers = { ...FORM, Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" };
  const body = "intent=delete&intent=add&title=the+first&title=the+last";
  expect((await rawRequest(tock.url, "POST", "/dashboard", { headers, body })).status).toBe(302);
  expect((await ann.api("GET", "/api/tasks?limit=1")).body.data[0].title).toBe("the last");
});

it.each(["/dashboard", "/settings", "/settings/tokens", "/settings/totp", "/trash"])(
  "a form that %s does not have gets 400 and says what to do",
  async (path) => {
    const forms: Record<string, string>[] = [{ intent: "archive" }, {}];
    for (const fields of forms) {
      const { status, text } = await ann.form(path, fields);
      expect({ path, status }).toEqual({ path, status: 400 });
      const visible = text.replace(/<script\b.*?<\/script>/gs, "");
      expect(visible).toContain("Go back, reload the page, and try again.");
    }
  },
);

describe("a request without a cookie", () => {
  it.each(["same-site", "cross-site", "none"])(
    "with a Bearer token is accepted with Sec-Fetch-Site: %s",
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

  it("may sign in without Origin and Sec-Fetch-Site, but not from another site", async () => {
    const body = JSON.stringify({ email: ann.email, password: PASSWORD });
    const headers = { "Content-Type": "application/json" };
    expect((await rawRequest(tock.url, "POST", "/api/auth/signin", { headers, body })).status).toBe(200);
    const forged = { headers: { ...headers, "Sec-Fetch-Site": "cross-site" }, body };
    expectError(await rawRequest(tock.url, "POST", "/api/auth/signin", forged), 403, "FORBIDDEN");
  });
});

it("GET requests from another site are accepted with a cookie", async () => {
  const headers = { Cookie: ann.cookie, "Sec-Fetch-Site": "cross-site", Origin: "https://evil.example" };
  for (const path of ["/dashboard", "/dashboard.data", "/api/tasks"]) {
    expect((await rawRequest(tock.url, "GET", path, { headers })).status).toBe(200);
  }
});

const ALL_KINDS_OF_PATHS = ["/", "/dashboard", "/dashboard.data", "/nothing", "/api/tasks", "/health"];

describe("request validation", () => {
  it.each(["TRACE", "OPTIONS", "PROPFIND", "LINK"])(
    "rejects the method %s with 405 and Allow",
    async (method) => {
      for (const path of ALL_KINDS_OF_PATHS) {
        const response = await rawRequest(tock.url, method, path);
        expectRejected(response, path, 405, "METHOD_NOT_ALLOWED");
        expect(response.headers.get("Allow")).toContain("GET");
      }
    },
  );

  it("rejects the query parameter _data, which would skip the checks of pages", async () => {
    for (const path of [
      "/?_data",
      "/dashboard?_data=routes%2Fdashboard",
      "/dashboard?page=1&_data=root",
      "/api/tasks?_data=",
      "/nothing?%5Fdata=root",
    ]) {
      const headers = { Cookie: ann.cookie };
      expectRejected(await rawRequest(tock.url, "GET", path, { headers }), path, 400, "BAD_REQUEST");
      const posted = {
        headers: { ...headers, ...FORM, "Sec-Fetch-Site": "same-origin" },
        body: "intent=add&title=x",
      };
      expectRejected(await rawRequest(tock.url, "POST", path, posted), path, 400, "BAD_REQUEST");
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
  ])("rejects the Host header %j", async (host) => {
    for (const path of ["/", "/api/tasks"]) {
      const response = await rawRequest(tock.url, "GET", path, { headers: { Host: host } });
      if (response.body) expectError(response, 400, "BAD_REQUEST");
      else expectRejected(response, path, 400, "BAD_REQUEST");
    }
  });

  it("answers unsupported methods of pages with 405 and Allow", async () => {
    const headers = { ...FORM, Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" };
    for (const path of ["/dashboard", "/settings", "/signin", "/signout"]) {
      for (const method of ["PUT", "PATCH", "DELETE"]) {
        const response = await rawRequest(tock.url, method, path, { headers, body: "a=b" });
        expect(response.status, `${method} ${path}`).toBe(405);
        expect(response.headers.get("Allow")).toBe("GET, HEAD, POST");
      }
    }
    expect((await rawRequest(tock.url, "POST", "/", { headers, body: "a=b" })).status).toBe(405);
  });

  it("rejects forms over 64 KiB, with Content-Length or chunked, and other content types", async () => {
    const headers = { ...FORM, Cookie: ann.cookie, "Sec-Fetch-Site": "same-origin" };
    const chunks = ["intent=add&title=", ...Array.from({ length: 65 }, () => "x".repeat(1024))];
    for (const path of ["/dashboard", "/dashboard.data"]) {
      for (const body of [chunks.join(""), chunks]) {
        expectRejected(
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

  it.each([
    ["without a theme", "", "system"],
    ["with the dark theme", "; theme=dark", "dark"],
    ["with an unknown theme", "; theme=%22%3E%3Cb%3E", "system"],
  ])("explains a rejected page under a friendly heading, %s", async (_, cookie, theme) => {
    const open = (path: string, headers: Record<string, string> = {}, method = "GET") =>
      rawRequest(tock.url, method, path, { headers: { Cookie: ann.cookie + cookie, ...headers } });
    for (const [rejected, heading, message] of [
      [open("/%0a"), "That didn't work", "The URL isn't valid."],
      [
        open("/dashboard", { "Sec-Fetch-Site": "cross-site" }, "POST"),
        "That didn't work",
        "Nothing was changed",
      ],
      [open("/dashboard", {}, "TRACE"), "That doesn't work here", "The method TRACE isn't supported."],
      [
        open("/dashboard", { "Content-Length": "99999" }),
        "That's a lot of text",
        "The request body is larger than 64 KiB.",
      ],
    ] as const) {
      const text = (await rejected).text.replaceAll("&#39;", "'");
      expect(text).toContain(`<html lang="en" data-theme="${theme}">`);
      expect(text).toMatch(new RegExp(`<h1[^>]*>${heading}</h1><p>${message}`));
      expect(text).toContain(`<title>${heading} · Tock</title>`);
    }
  });

  it("gives every response its own X-Request-Id and makes all but files private", async () => {
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
    const responses = await Promise.all(
      paths.map((path) => rawRequest(tock.url, "GET", path, { headers: { "X-Request-Id": "mine" } })),
    );
    const ids = responses.map((response) => response.headers.get("X-Request-Id"));
    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(paths.length);
    for (const [index, response] of responses.entries()) {
      if (paths[index] !== "/favicon.svg")
        expect(response.headers.get("Cache-Control"), paths[index]).toBe("private, no-store");
    }
  });
});

describe("static files", () => {
  const assets = async () => {
    const page = await rawRequest(tock.url, "GET", "/");
    return [...new Set(page.text.match(/\/assets\/[\w.-]+\.(js|css)/g))];
  };

  it("under assets/ are immutable and compressed with an accepted encoding", async () => {
    const paths = await assets();
    expect(paths.some((path) => path.endsWith(".css")) && paths.some((path) => path.endsWith(".js"))).toBe(
      true,
    );
    const encodings = new Map<string, number>();
    let uncompressedRanges = 0;
    for (const path of paths) {
      const plain = await rawRequest(tock.url, "GET", path);
      expect(plain.status).toBe(200);
      expect(plain.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
      expect(plain.headers.get("Content-Type")).toMatch(
        path.endsWith(".css") ? /^text\/css/ : /^(text|application)\/javascript/,
      );
      expect(plain.headers.get("Content-Encoding")).toBeNull();
      // A range of a file that the build has not compressed.
      const range = { Range: "bytes=0-1499", "Accept-Encoding": "gzip" };
      const part = await rawRequest(tock.url, "GET", path, { headers: range });
      const isWhole = part.text === plain.text.slice(0, 1_500);
      uncompressedRanges += Number(part.status === 206 && plain.text.length > 1_500 && isWhole);
      if (Buffer.byteLength(plain.text) < 1024) continue;
      for (const [accepted, expected] of [
        ["gzip, deflate, br", "br"],
        ["gzip", "gzip"],
      ] as const) {
        const packed = await rawRequest(tock.url, "GET", path, { headers: { "Accept-Encoding": accepted } });
        const encoding = packed.headers.get("Content-Encoding");
        // The server gzips files that the build did not compress.
        expect([expected, "gzip"], path).toContain(encoding);
        if (encoding !== expected) continue;
        expect(packed.headers.get("Vary")).toMatch(/accept-encoding/i);
        encodings.set(expected, (encodings.get(expected) ?? 0) + 1);
        const read = await fetch(tock.url + path, { headers: { "Accept-Encoding": expected } });
        expect(await read.text()).toBe(plain.text);
      }
    }
    expect(encodings.get("br")).toBeGreaterThan(2);
    expect(uncompressedRanges).toBeGreaterThan(0);
  });

  it("outside of the client folder are not served", async () => {
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
      const response = await rawRequest(tock.url, "GET", path, { headers: { "Accept-Encoding": "br" } });
      expect(response.status, path).toBe(404);
      expect(response.text).not.toMatch(/createServer|"dependencies"|"isEntry"/);
    }
  });

  it("complete responses have a length, and are gzipped from 1 KiB if the request accepts it", async () => {
    const lengthAndEncoding = async (path: string, accepted: string) => {
      const { headers } = await rawRequest(tock.url, "GET", path, {
        headers: { "Accept-Encoding": accepted },
      });
      expect(headers.get("Transfer-Encoding"), path).toBeNull();
      return [Number(headers.get("Content-Length")), headers.get("Content-Encoding"), headers.get("Vary")];
    };
    for (const path of ["/signin", "/signin.data", "/api/openapi.json"]) {
      const [plainBytes, plain] = await lengthAndEncoding(path, "gzip;q=0, identity");
      expect(plain, path).toBeNull();
      const [bytes, packed, vary] = await lengthAndEncoding(path, "br, gzip");
      const isLarge = Number(plainBytes) >= 1_024;
      expect([packed, vary], path).toEqual(isLarge ? ["gzip", "Accept-Encoding"] : [null, null]);
      expect(Number(bytes) < Number(plainBytes), path).toBe(isLarge);
    }
    const [bytes, encoding] = await lengthAndEncoding("/api/none", "gzip");
    expect([bytes, encoding]).toEqual([expect.any(Number), null]);
    expect(Number(bytes)).toBeGreaterThan(0);
  });

  it("pages are gzipped only if the request accepts it", async () => {
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

const storedAddress = async (response: TestResponse) =>
  (
    await queryRows(tock.databaseUrl, "select ip_address from session where id = $1", [
      claimsOf(response.body.token).sid,
    ])
  )[0].ip_address;
const signInAs = (base: string, headers: Record<string, string>) =>
  rawRequest(base, "POST", "/api/auth/signin", {
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ email: ann.email, password: PASSWORD }),
  });

describe("TRUST_PROXY", () => {
  const FORWARDED = { "X-Forwarded-For": "6.6.6.6, 203.0.113.9" };

  it("=0 ignores forwarded headers", async () => {
    expect(await storedAddress(await signInAs(tock.url, FORWARDED))).toBe("127.0.0.1");
    const response = await rawRequest(tock.url, "GET", "/signin", {
      headers: { "X-Forwarded-Host": "a b", "X-Forwarded-Proto": "http" },
    });
    expect(response.status).toBe(200);
  });

  it("=1 trusts the last value of forwarded headers only", async () => {
    const proxied = await startApp({ DATABASE_URL: tock.databaseUrl, TRUST_PROXY: "1" });
    try {
      expect(await storedAddress(await signInAs(proxied.url, FORWARDED))).toBe("203.0.113.9");
      expect(await storedAddress(await signInAs(proxied.url, {}))).toBe("127.0.0.1");
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
  const PROXIED = { Host: "tock.example.org", "X-Forwarded-Proto": "https" };
  beforeAll(async () => {
    secure = await startApp({
      DATABASE_URL: tock.databaseUrl,
      TRUST_PROXY: "1",
      APP_URL: "https://tock.example.org",
    });
  });
  afterAll(() => secure?.stop());

  it("serves the host of APP_URL with HSTS", async () => {
    const response = await rawRequest(secure.url, "GET", "/signin", { headers: PROXIED });
    expect(response.status).toBe(200);
    expect(response.headers.get("Strict-Transport-Security")).toMatch(/^max-age=\d{7,}/);
    expect(
      (await rawRequest(tock.url, "GET", "/signin")).headers.get("Strict-Transport-Security"),
    ).toBeNull();
  });

  it("rejects other hosts, except for /health", async () => {
    for (const host of [
      "evil.example",
      "tock.example.org.evil.example",
      "tock.example.org:8443",
      new URL(secure.url).host,
    ]) {
      for (const path of ["/", "/api/tasks"]) {
        expectRejected(
          await rawRequest(secure.url, "GET", path, { headers: { ...PROXIED, Host: host } }),
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

  it("redirects http to https and keeps path, query and method", async () => {
    const http = { ...PROXIED, "X-Forwarded-Proto": "http" };
    const response = await rawRequest(secure.url, "GET", "/signin?redirectTo=%2Fdashboard", {
      headers: http,
    });
    expect([301, 308]).toContain(response.status);
    expect(response.headers.get("Location")).toBe("https://tock.example.org/signin?redirectTo=%2Fdashboard");
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

  it("accepts changes from the origin of APP_URL only", async () => {
    const response = await signInAs(secure.url, { ...PROXIED, Origin: "https://tock.example.org" });
    expect(response.status).toBe(200);
    for (const origin of [
      "http://tock.example.org",
      "https://www.tock.example.org",
      "null",
      new URL(secure.url).origin,
    ]) {
      expectError(await signInAs(secure.url, { ...PROXIED, Origin: origin }), 403, "FORBIDDEN");
    }
  });
});

describe("API paths are exact", () => {
  it.each(["/API/tasks", "/HEALTH", "/health/", "/health.data", "/api/tasks/", "/API/tasks.data"])(
    "GET %s returns 404 as JSON",
    async (path) => {
      expectError(await request(tock.url, "GET", path), 404, "NOT_FOUND");
    },
  );

  it("OPTIONS /api/tasks returns 405 and lists the methods of the path", async () => {
    const response = await request(tock.url, "OPTIONS", "/api/tasks");
    expectError(response, 405, "METHOD_NOT_ALLOWED");
    expect(response.headers.get("Allow")).toBe("GET, HEAD, POST");
  });
});

describe("a page without a form", () => {
  it.each(["/", "/?index"])("POST %s returns 405 and logs no error", async (path) => {
    const response = await request(tock.url, "POST", path, { body: "a=b", headers: FORM });
    expect(response.status).toBe(405);
    expect(response.headers.get("Allow")).toBe("GET, HEAD");
    expect(tock.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

import { once } from "node:events";
import { connect } from "node:net";
import { CspEvaluator } from "csp_evaluator";
import { Severity } from "csp_evaluator/dist/finding.js";
import { CspParser } from "csp_evaluator/dist/parser.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { builtRoutes } from "../support/built-routes.ts";
import { startDatabaseProxy } from "../support/database-proxy.ts";
import { rawRequest } from "../support/raw-request.ts";
import { PASSWORD, signUp, type TestResponse, type TestUser } from "../support/users.ts";

const FORM = { "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin" };
const NONCE = /'nonce-([A-Za-z0-9+/]{22}==)'/;
const isApi = (path: string) => /^\/(api|health|metrics)\b/.test(path);

let tock: AppServer;
let ann: TestUser;
/** The path of every route, with a value for each parameter. */
let paths: string[];
beforeAll(async () => {
  tock = await startApp();
  ann = await signUp(tock.url);
  const { id } = (await ann.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  const routes = await builtRoutes(tock.url);
  paths = routes.map(({ path }) => path.replace(":id", String(id)).replace("*", "nothing/here"));
  expect(paths).toEqual(expect.arrayContaining(["/", "/dashboard", `/api/tasks/${id}`, "/health"]));
});
afterAll(() => tock?.stop());

/** Expects the Content-Security-Policy of pages. @returns its nonce */
function expectPagePolicy(response: TestResponse, name: string, frameAncestors = "'none'"): string {
  const policy = response.headers.get("Content-Security-Policy") ?? "";
  const [, nonce = ""] = NONCE.exec(policy) ?? [];
  expect(policy, name).toBe(
    `default-src 'self'; script-src 'nonce-${nonce}' 'strict-dynamic'; style-src 'self' 'nonce-${nonce}'; ` +
      `connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors ${frameAncestors}`,
  );
  return nonce;
}

/** Expects the security headers of every response. @returns the nonce of a page, "" for the API */
function expectHeaders(response: TestResponse, path: string, { file = false, name = path } = {}): string {
  const { headers } = response;
  expect(headers.get("X-Content-Type-Options"), name).toBe("nosniff");
  // Pages whose address contains a token send less; password-reset.test.ts and email-change.test.ts check their documents.
  expect(headers.get("Referrer-Policy"), name).toMatch(
    /^\/(reset-password|confirm-email)\b/.test(path)
      ? /^strict-origin(-when-cross-origin)?$/
      : /^strict-origin-when-cross-origin$/,
  );
  expect(headers.get("Permissions-Policy"), name).toMatch(
    /camera=\(\), .*geolocation=\(\), .*microphone=\(\)/,
  );
  expect(headers.get("Cross-Origin-Opener-Policy"), name).toBe("same-origin");
  expect(headers.get("Cross-Origin-Resource-Policy"), name).toBe("same-origin");
  expect(headers.get("X-Frame-Options"), name).toBe("DENY");
  expect(headers.get("Strict-Transport-Security"), name).toBeNull();
  for (const header of ["X-Powered-By", "Server", "Access-Control-Allow-Origin"])
    expect(headers.get(header), name).toBeNull();
  if (file) expect(headers.get("Cache-Control"), name).toMatch(/^public, max-age=\d+/);
  else expect(headers.get("Cache-Control"), name).toBe("private, no-store");
  if (!isApi(path)) return expectPagePolicy(response, name);
  expect(headers.get("Content-Security-Policy"), name).toBe(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  return "";
}

/** Expects every script and style element to carry the nonce, and no style attributes or event handlers. */
function expectOnlyOwnCode(response: TestResponse, nonce: string, name: string): void {
  const scripts = [...response.text.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
  expect(scripts.length, name).toBeGreaterThan(0);
  const styles = [...response.text.matchAll(/<style\b[^>]*>/g)].map(([tag]) => tag);
  for (const tag of [...scripts, ...styles]) expect(tag, name).toContain(` nonce="${nonce}"`);
  const markup = response.text.replace(/<(script|style)\b[^>]*>.*?<\/\1>/gs, "");
  expect(markup, name).not.toMatch(/<[^>]+\s(style|on[a-z]+)\s*=|javascript:/i);
}

describe.each([
  ["without credentials", () => ({})],
  ["with a cookie", () => ({ Cookie: ann.cookie })],
  ["with a Bearer token", () => ({ Authorization: `Bearer ${ann.token}` })],
] as [string, () => Record<string, string>][])("every route, requested %s", (_, credentials) => {
  it("sends all security headers for every method, and a new nonce for every page", async () => {
    const nonces: string[] = [];
    for (const path of paths) {
      const variants = isApi(path) ? [path] : [path, path === "/" ? "/_root.data" : `${path}.data`];
      for (const address of variants) {
        for (const method of ["GET", "HEAD", "PUT", "PATCH", "OPTIONS"]) {
          const name = `${method} ${address}`;
          const response = await rawRequest(tock.url, method, address, {
            headers: { ...credentials(), "Sec-Fetch-Site": "same-origin" },
          });
          expect(response.status, name).toBeLessThan(500);
          const nonce = expectHeaders(response, address, { name });
          if (nonce) nonces.push(nonce);
          if (response.text.startsWith("<!DOCTYPE html>")) expectOnlyOwnCode(response, nonce, name);
        }
        const headers = {
          ...credentials(),
          ...(isApi(path) ? { "Content-Type": "application/json" } : FORM),
        };
        const posted = await rawRequest(tock.url, "POST", address, {
          headers,
          body: isApi(path) ? "{}" : "intent=none",
        });
        // Signing out ends Ann's session, so the test signs her up again.
        if (!/signout/.test(path)) expect(posted.status, `POST ${address}`).not.toBe(500);
        const nonce = expectHeaders(posted, address, { name: `POST ${address}` });
        if (nonce) nonces.push(nonce);
        if (/signout/.test(path))
          ann = await signUp(tock.url, { email: `${crypto.randomUUID()}@example.org` });
      }
    }
    expect(nonces.length).toBeGreaterThan(50);
    expect(new Set(nonces).size).toBe(nonces.length);
  });
});

describe("security headers are sent with", () => {
  it("every error response of request validation", async () => {
    const big = "x".repeat(70_000);
    const cookie = () => ({ Cookie: ann.cookie });
    const REFUSALS: [number, string, string, { headers?: Record<string, string>; body?: string }][] = [
      [405, "TRACE", "/dashboard", {}],
      [405, "OPTIONS", "/dashboard", {}],
      [400, "GET", "/dashboard?_data=root", {}],
      [400, "GET", "/%E0%A4%A", {}],
      [400, "GET", "//evil.example/x", {}],
      [
        403,
        "POST",
        "/dashboard",
        { headers: { ...cookie(), ...FORM, "Sec-Fetch-Site": "cross-site" }, body: "intent=add" },
      ],
      [413, "POST", "/dashboard", { headers: { ...cookie(), ...FORM }, body: big }],
      [
        415,
        "POST",
        "/dashboard",
        { headers: { ...cookie(), ...FORM, "Content-Type": "text/plain" }, body: "x" },
      ],
      [405, "PROPFIND", "/api/tasks", {}],
      [403, "POST", "/api/tasks", { headers: { ...cookie(), "Sec-Fetch-Site": "cross-site" }, body: "{}" }],
      [413, "POST", "/api/auth/signin", { headers: { "Content-Type": "application/json" }, body: big }],
      [404, "GET", "/api/nothing", {}],
      [404, "GET", "/HEALTH", {}],
      [404, "GET", "/nothing", {}],
      [404, "GET", "/assets/nothing.js", {}],
      [400, "GET", "/api/tasks?_data=", {}],
    ];
    for (const [status, method, path, init] of REFUSALS) {
      const response = await rawRequest(tock.url, method, path, init);
      expect(response.status, `${method} ${path}`).toBe(status);
      expectHeaders(response, path.toLowerCase(), { name: `${method} ${path}` });
    }
  });

  it("every static file, which is public and sets no cookie", async () => {
    const page = await rawRequest(tock.url, "GET", "/");
    const files = page.text.match(/\/assets\/[\w.-]+\.(js|css)/g) ?? [];
    expect(files.length).toBeGreaterThan(3);
    for (const path of [...new Set(files), "/favicon.svg"]) {
      const response = await rawRequest(tock.url, "GET", path, { headers: { Cookie: ann.cookie } });
      expect(response.status).toBe(200);
      expectHeaders(response, path, { file: true });
      expect(response.headers.getSetCookie(), path).toEqual([]);
    }
  });

  it("every response during a database outage", async () => {
    const proxy = await startDatabaseProxy(tock.databaseUrl);
    const broken = await startApp({ DATABASE_URL: proxy.url, DB_POOL_TIMEOUT_MS: "500" });
    try {
      await proxy.cutConnections();
      for (const path of paths) {
        const response = await rawRequest(broken.url, "GET", path, { headers: { Cookie: ann.cookie } });
        const nonce = expectHeaders(response, path);
        if (response.text.startsWith("<!DOCTYPE html>")) expectOnlyOwnCode(response, nonce, path);
      }
      expect(
        (await rawRequest(broken.url, "GET", "/dashboard", { headers: { Cookie: ann.cookie } })).status,
      ).toBe(500);
      expect((await rawRequest(broken.url, "GET", "/health")).status).toBe(503);
    } finally {
      await broken.stop();
      await proxy.close();
    }
  });
});

describe("a request that cannot be parsed", () => {
  const EXPECTED = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
  };

  it("with an invalid Host header is rejected with minimal security headers", async () => {
    const response = await rawRequest(tock.url, "GET", "/", { headers: { Host: "a b" } });
    expect(response.status).toBe(400);
    expect(Object.fromEntries(response.headers)).toMatchObject(EXPECTED);
  });

  it("with invalid HTTP is rejected with minimal security headers", async () => {
    const { hostname, port } = new URL(tock.url);
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
    });
    socket.write("GET / HTTP/9\r\nnonsense\r\n\r\n");
    await once(socket, "close");
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    for (const [name, value] of Object.entries(EXPECTED))
      expect(text.toLowerCase()).toContain(`${name}: ${value}`);
  });
});

describe("csp_evaluator", () => {
  const findings = (policy: string) =>
    new CspEvaluator(new CspParser(policy).csp)
      .evaluate()
      .map(({ severity, description }) => ({ severity, description }));

  it("finds no weakness in the policies of pages and API, and finds one in a weaker policy", async () => {
    for (const path of ["/", "/dashboard", "/signin", "/nothing", "/favicon.svg", "/api/tasks", "/health"]) {
      const { headers } = await rawRequest(tock.url, "GET", path, { headers: { Cookie: ann.cookie } });
      expect(findings(headers.get("Content-Security-Policy") ?? ""), path).toEqual([]);
    }
    const page = (await rawRequest(tock.url, "GET", "/")).headers.get("Content-Security-Policy") ?? "";
    const weaker = page
      .replace(NONCE, "'unsafe-inline'")
      .replace(" 'strict-dynamic'", "")
      .replace("base-uri 'none'; ", "");
    expect(findings(weaker).some(({ severity }) => severity === Severity.HIGH)).toBe(true);
  });
});

describe("form-action 'self'", () => {
  it("allows every redirect of a form, because each stays on this site", async () => {
    const email = `${crypto.randomUUID()}@example.org`;
    const post = (path: string, fields: Record<string, string>, cookie = "") =>
      rawRequest(tock.url, "POST", path, {
        headers: { ...FORM, ...(cookie && { Cookie: cookie }) },
        body: new URLSearchParams(fields).toString(),
      });
    const responses = [
      await post("/signup", {
        intent: "signup",
        email,
        name: "Ann",
        password: PASSWORD,
        redirectTo: "//evil.example",
      }),
      await post("/signin", { intent: "signin", email, password: PASSWORD, redirectTo: "/\\evil.example" }),
      await post("/signin", {
        intent: "signin",
        email,
        password: PASSWORD,
        redirectTo: "https://evil.example",
      }),
      await post("/dashboard", { intent: "add", title: "x" }),
      await post("/settings", { intent: "profile", name: "Ann" }),
      await post("/dashboard", { intent: "add", title: "x", return_to: "//evil.example" }, ann.cookie),
      await post("/signout", {}, ann.cookie),
    ];
    for (const response of responses) {
      expect([302, 303]).toContain(response.status);
      expect(response.headers.get("Location")).toMatch(/^\/(?![/\\])/);
      expectPagePolicy(response, "a form's redirect");
    }
  });
});

describe("APP_URL=https://tock.example.org", () => {
  it("sends HSTS with every response and redirects http to https", async () => {
    const env = { DATABASE_URL: tock.databaseUrl, TRUST_PROXY: "1", APP_URL: "https://tock.example.org" };
    const secure = await startApp(env);
    const via = (scheme: string) => ({ Host: "tock.example.org", "X-Forwarded-Proto": scheme });
    try {
      for (const path of [...paths, "/favicon.svg", "/dashboard?_data", "/nothing"]) {
        const response = await rawRequest(secure.url, "GET", path, { headers: via("https") });
        expect(response.headers.get("Strict-Transport-Security"), path).toBe(
          "max-age=31536000; includeSubDomains",
        );
        const plain = await rawRequest(secure.url, "GET", path, { headers: via("http") });
        if (/^\/(health|metrics)/.test(path) || path.includes("_data")) continue;
        expect([plain.status, plain.headers.get("Location")]).toEqual([
          301,
          `https://tock.example.org${path}`,
        ]);
      }
    } finally {
      await secure.stop();
    }
  });
});

describe("FRAME_ANCESTORS", () => {
  it.each([
    ["'self'", "'self'"],
    ["https://huggingface.co", "https://huggingface.co"],
    ["'self' https://huggingface.co  https://*.hf.space", "'self' https://huggingface.co https://*.hf.space"],
  ])("=%s allows these frames for pages and none for the API", async (FRAME_ANCESTORS, expected) => {
    const framed = await startApp({ ...WITHOUT_COVERAGE, DATABASE_URL: tock.databaseUrl, FRAME_ANCESTORS });
    try {
      const page = await rawRequest(framed.url, "GET", "/signin");
      expectPagePolicy(page, "framed", expected);
      expect(page.headers.get("X-Frame-Options")).toBeNull();
      const program = await rawRequest(framed.url, "GET", "/api/tasks");
      expect(program.headers.get("X-Frame-Options")).toBe("DENY");
      expect(program.headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
    } finally {
      await framed.stop();
    }
  });
});

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
const isProgram = (path: string) => /^\/(api|health)\b/.test(path);

let tock: AppServer;
let ann: TestUser;
/** Every address of the manifest, with something in the place of each parameter. */
let addresses: string[];
beforeAll(async () => {
  tock = await startApp();
  ann = await signUp(tock.url);
  const { id } = (await ann.api("POST", "/api/tasks", { title: "Water the fern" })).body;
  const routes = await builtRoutes(tock.url);
  addresses = routes.map(({ path }) => path.replace(":id", String(id)).replace("*", "nothing/here"));
  expect(addresses).toEqual(expect.arrayContaining(["/", "/dashboard", `/api/tasks/${id}`, "/health"]));
});
afterAll(() => tock?.stop());

/** The Content-Security-Policy of pages. @returns its nonce */
function expectPagePolicy(answer: TestResponse, name: string, frameAncestors = "'none'"): string {
  const policy = answer.headers.get("Content-Security-Policy") ?? "";
  const [, nonce = ""] = NONCE.exec(policy) ?? [];
  expect(policy, name).toBe(
    `default-src 'self'; script-src 'nonce-${nonce}' 'strict-dynamic'; style-src 'self'; connect-src 'self'; ` +
      `img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors ${frameAncestors}`,
  );
  return nonce;
}

/** @returns the nonce, for whoever compares them */
function expectHeaders(answer: TestResponse, path: string, { file = false, name = path } = {}): string {
  const { headers } = answer;
  expect(headers.get("X-Content-Type-Options"), name).toBe("nosniff");
  expect(headers.get("Referrer-Policy"), name).toBe("strict-origin-when-cross-origin");
  expect(headers.get("Permissions-Policy"), name).toMatch(
    /camera=\(\), .*geolocation=\(\), .*microphone=\(\)/,
  );
  expect(headers.get("Cross-Origin-Opener-Policy"), name).toBe("same-origin");
  expect(headers.get("Cross-Origin-Resource-Policy"), name).toBe("same-origin");
  expect(headers.get("X-Frame-Options"), name).toBe("DENY");
  expect(headers.get("Strict-Transport-Security"), name).toBeNull();
  for (const told of ["X-Powered-By", "Server", "Access-Control-Allow-Origin"])
    expect(headers.get(told), name).toBeNull();
  if (file) expect(headers.get("Cache-Control"), name).toMatch(/^public, max-age=\d+/);
  else expect(headers.get("Cache-Control"), name).toBe("private, no-store");
  if (!isProgram(path)) return expectPagePolicy(answer, name);
  expect(headers.get("Content-Security-Policy"), name).toBe(
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  return "";
}

/** All that the page may run carries the nonce of its own answer, and nothing is written into attributes. */
function expectOnlyOwnScripts(answer: TestResponse, nonce: string, name: string): void {
  const scripts = [...answer.text.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
  expect(scripts.length, name).toBeGreaterThan(0);
  for (const tag of scripts) expect(tag, name).toContain(` nonce="${nonce}"`);
  const markup = answer.text.replace(/<script\b[^>]*>.*?<\/script>/gs, "");
  expect(markup, name).not.toMatch(/<style\b|<[^>]+\s(style|on[a-z]+)\s*=|javascript:/i);
}

describe.each([
  ["for a visitor", () => ({})],
  ["signed in", () => ({ Cookie: ann.cookie })],
  ["with a Bearer token", () => ({ Authorization: `Bearer ${ann.token}` })],
] as [string, () => Record<string, string>][])("%s, every route of the manifest", (_, who) => {
  it("answers every method with all headers, and each page with a nonce of its own", async () => {
    const nonces: string[] = [];
    for (const path of addresses) {
      const variants = isProgram(path) ? [path] : [path, path === "/" ? "/_root.data" : `${path}.data`];
      for (const address of variants) {
        for (const method of ["GET", "HEAD", "PUT", "PATCH", "OPTIONS"]) {
          const name = `${method} ${address}`;
          const answer = await rawRequest(tock.url, method, address, {
            headers: { ...who(), "Sec-Fetch-Site": "same-origin" },
          });
          expect(answer.status, name).toBeLessThan(500);
          const nonce = expectHeaders(answer, address, { name });
          if (nonce) nonces.push(nonce);
          if (answer.text.startsWith("<!DOCTYPE html>")) expectOnlyOwnScripts(answer, nonce, name);
        }
        const headers = { ...who(), ...(isProgram(path) ? { "Content-Type": "application/json" } : FORM) };
        const posted = await rawRequest(tock.url, "POST", address, {
          headers,
          body: isProgram(path) ? "{}" : "intent=none",
        });
        // What ends Ann's session would end the test.
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

describe("so does", () => {
  it("every refusal of the gate", async () => {
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
      const answer = await rawRequest(tock.url, method, path, init);
      expect(answer.status, `${method} ${path}`).toBe(status);
      expectHeaders(answer, path.toLowerCase(), { name: `${method} ${path}` });
    }
  });

  it("every file, which may be kept because it is the same for everybody", async () => {
    const page = await rawRequest(tock.url, "GET", "/");
    const files = page.text.match(/\/assets\/[\w.-]+\.(js|css)/g) ?? [];
    expect(files.length).toBeGreaterThan(3);
    for (const path of [...new Set(files), "/favicon.svg"]) {
      const answer = await rawRequest(tock.url, "GET", path, { headers: { Cookie: ann.cookie } });
      expect(answer.status).toBe(200);
      expectHeaders(answer, path, { file: true });
      expect(answer.headers.getSetCookie(), path).toEqual([]);
    }
  });

  it("every answer while the database is away", async () => {
    const proxy = await startDatabaseProxy(tock.databaseUrl);
    const broken = await startApp({ DATABASE_URL: proxy.url, DB_POOL_TIMEOUT_MS: "500" });
    try {
      await proxy.cutConnections();
      for (const path of addresses) {
        const answer = await rawRequest(broken.url, "GET", path, { headers: { Cookie: ann.cookie } });
        const nonce = expectHeaders(answer, path);
        if (answer.text.startsWith("<!DOCTYPE html>")) expectOnlyOwnScripts(answer, nonce, path);
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

describe("what is no request that the application can see", () => {
  const EXPECTED = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
  };

  it("is refused with headers that let a browser do nothing with it: a Host that is none", async () => {
    const answer = await rawRequest(tock.url, "GET", "/", { headers: { Host: "a b" } });
    expect(answer.status).toBe(400);
    expect(Object.fromEntries(answer.headers)).toMatchObject(EXPECTED);
  });

  it("likewise: no HTTP at all", async () => {
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

  it("finds nothing in the policies of a page and of the API, but would in a weaker one", async () => {
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

describe("a form's answer leads to this site alone, as form-action asks", () => {
  it("wherever it was told to lead", async () => {
    const email = `${crypto.randomUUID()}@example.org`;
    const post = (path: string, fields: Record<string, string>, cookie = "") =>
      rawRequest(tock.url, "POST", path, {
        headers: { ...FORM, ...(cookie && { Cookie: cookie }) },
        body: new URLSearchParams(fields).toString(),
      });
    const answers = [
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
    for (const answer of answers) {
      expect([302, 303]).toContain(answer.status);
      expect(answer.headers.get("Location")).toMatch(/^\/(?![/\\])/);
      expectPagePolicy(answer, "a form's answer");
    }
  });
});

describe("APP_URL=https://tock.example.org", () => {
  it("every answer carries HSTS, and plain http is led to https", async () => {
    const env = { DATABASE_URL: tock.databaseUrl, TRUST_PROXY: "1", APP_URL: "https://tock.example.org" };
    const secure = await startApp(env);
    const via = (scheme: string) => ({ Host: "tock.example.org", "X-Forwarded-Proto": scheme });
    try {
      for (const path of [...addresses, "/favicon.svg", "/dashboard?_data", "/nothing"]) {
        const answer = await rawRequest(secure.url, "GET", path, { headers: via("https") });
        expect(answer.headers.get("Strict-Transport-Security"), path).toBe(
          "max-age=31536000; includeSubDomains",
        );
        const plain = await rawRequest(secure.url, "GET", path, { headers: via("http") });
        if (path === "/health" || path.includes("_data")) continue;
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
  ])("%s: the pages may be framed there, the API nowhere", async (FRAME_ANCESTORS, expected) => {
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

import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TEST_SECRETS } from "../../support/app-server.ts";

/** What origin.server.ts says of a request under this environment, which it reads once: so it is loaded anew. */
async function judge(env: Record<string, string>, headers: Record<string, string>, path = "/dashboard") {
  vi.resetModules();
  for (const [name, value] of Object.entries({
    ...TEST_SECRETS,
    DATABASE_URL: "postgresql://localhost/none",
    ...env,
  }))
    vi.stubEnv(name, value);
  const origin = await import("#app/http/middleware/origin.server.ts");
  const app = new Hono();
  app.all("*", (c) =>
    c.json({
      address: origin.clientAddress(c),
      http: origin.isPlainHttp(c),
      origin: origin.publicOrigin(c) ?? null,
      same: origin.isSameOrigin(c, "https://tock.example.org"),
    }),
  );
  const incoming = { socket: { remoteAddress: "10.0.0.1", remotePort: 1, remoteFamily: "IPv4" } };
  const response = await app.request(
    path,
    { method: "POST", headers: { Host: "tock.example.org", ...headers } },
    { incoming },
  );
  return response.json() as Promise<{ address: string; http: boolean; origin: string | null; same: boolean }>;
}

beforeEach(() => {
  for (const name of ["APP_URL", "TRUST_PROXY"]) vi.stubEnv(name, "");
});
afterEach(() => vi.unstubAllEnvs());

const FORWARDED = {
  "X-Forwarded-For": "1.1.1.1, 2.2.2.2,3.3.3.3",
  "X-Forwarded-Proto": "http, https",
  "X-Forwarded-Host": "one.example, two.example",
};

describe("forwarded headers", () => {
  it.each([
    ["0", "10.0.0.1", "http://tock.example.org", false],
    ["1", "3.3.3.3", "https://two.example", false],
    ["2", "2.2.2.2", "http://one.example", true],
    ["3", "1.1.1.1", "http://one.example", true],
    ["9", "1.1.1.1", "http://one.example", true],
  ])(
    "with TRUST_PROXY=%s are believed as far as our proxies go",
    async (TRUST_PROXY, address, origin, http) => {
      expect(await judge({ TRUST_PROXY }, FORWARDED)).toMatchObject({ address, origin, http });
    },
  );

  it("that are absent, or empty, leave what the connection says", async () => {
    for (const headers of [{}, { "X-Forwarded-For": "", "X-Forwarded-Host": " ", "X-Forwarded-Proto": "" }]) {
      expect(await judge({ TRUST_PROXY: "1" }, headers)).toMatchObject({
        address: "10.0.0.1",
        origin: "http://tock.example.org",
        http: false,
      });
    }
  });
});

describe("the public origin", () => {
  it.each([
    ["tock.example.org", "http://tock.example.org"],
    ["TOCK.Example.org:80", "http://tock.example.org"],
    ["localhost:7860", "http://localhost:7860"],
    ["[::1]:7860", "http://[::1]:7860"],
    ["tock.example.org:99999", null],
    ["tock.example.org/path", null],
    ["ann@tock.example.org", null],
    ["tock example", null],
    ["[::1", null],
    ["", null],
  ])("of the Host %j is %j", async (Host, origin) => {
    expect((await judge({}, { Host })).origin).toBe(origin);
  });

  it("is APP_URL's or none", async () => {
    const APP_URL = "https://tock.example.org";
    for (const [Host, origin] of [
      ["tock.example.org", APP_URL],
      ["tock.example.org:443", APP_URL],
      ["TOCK.example.org", APP_URL],
      ["tock.example.org:444", null],
      ["other.example.org", null],
    ] as const) {
      expect((await judge({ APP_URL }, { Host })).origin).toBe(origin);
    }
  });

  it.each(["javascript", "file", "https:", "h t", "null"])(
    "is none by a scheme such as %j",
    async (scheme) => {
      expect((await judge({ TRUST_PROXY: "1" }, { "X-Forwarded-Proto": scheme })).origin).toBeNull();
    },
  );
});

describe("a change", () => {
  const OURS = "https://tock.example.org";
  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ Cookie: "a=b" }, false],
    [{ Cookie: "a=b", Origin: OURS }, true],
    [{ Cookie: "a=b", Origin: "null" }, false],
    [{ Cookie: "a=b", Origin: `${OURS}:444` }, false],
    [{ Cookie: "a=b", "Sec-Fetch-Site": "same-origin" }, true],
    [{ Cookie: "a=b", "Sec-Fetch-Site": "same-site", Origin: OURS }, false],
    [{ "Sec-Fetch-Site": "cross-site" }, false],
    [{ "Sec-Fetch-Site": "none", Origin: OURS }, false],
    [{ Origin: "https://evil.example" }, false],
    [{ Authorization: "Basic abc", Origin: "https://evil.example" }, false],
    [{ Authorization: "Bearer", Cookie: "a=b" }, false],
  ])("with %j may pass: %s", async (headers, passes) => {
    expect((await judge({}, headers)).same).toBe(passes);
  });

  it("with a Bearer token passes the API from anywhere, and no page", async () => {
    const headers = { Authorization: "bearer x", "Sec-Fetch-Site": "cross-site", Cookie: "a=b" };
    expect((await judge({}, headers, "/api/tasks")).same).toBe(true);
    expect((await judge({}, headers, "/dashboard")).same).toBe(false);
  });
});

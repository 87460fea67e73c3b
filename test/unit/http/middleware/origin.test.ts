import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AppEnv } from "#app/http/app-env.ts";
import { TEST_SECRETS } from "../../../support/app-server.ts";

/** Calls origin.server.ts with a request. Reloads the module, because it reads the environment once. */
async function inspect(env: Record<string, string>, headers: Record<string, string>, path = "/dashboard") {
  vi.resetModules();
  for (const [name, value] of Object.entries({
    ...TEST_SECRETS,
    DATABASE_URL: "postgresql://localhost/none",
    ...env,
  }))
    vi.stubEnv(name, value);
  const origin = await import("#app/http/middleware/origin.server.ts");
  const app = new Hono<AppEnv>();
  app.all("*", (c) =>
    c.json({
      address: origin.clientIpAddress(c),
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

describe("X-Forwarded-* headers", () => {
  it.each([
    ["0", "10.0.0.1", "http://tock.example.org", false],
    ["1", "3.3.3.3", "https://two.example", false],
    ["2", "2.2.2.2", "http://one.example", true],
    ["3", "1.1.1.1", "http://one.example", true],
    ["9", "1.1.1.1", "http://one.example", true],
  ])("are trusted up to TRUST_PROXY=%s proxies", async (TRUST_PROXY, address, origin, http) => {
    expect(await inspect({ TRUST_PROXY }, FORWARDED)).toMatchObject({ address, origin, http });
  });

  it("are ignored when absent or empty", async () => {
    for (const headers of [{}, { "X-Forwarded-For": "", "X-Forwarded-Host": " ", "X-Forwarded-Proto": "" }]) {
      expect(await inspect({ TRUST_PROXY: "1" }, headers)).toMatchObject({
        address: "10.0.0.1",
        origin: "http://tock.example.org",
        http: false,
      });
    }
  });
});

describe("publicOrigin", () => {
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
  ])("of the Host header %j is %j", async (Host, origin) => {
    expect((await inspect({}, { Host })).origin).toBe(origin);
  });

  it("is APP_URL, or undefined for another host", async () => {
    const APP_URL = "https://tock.example.org";
    for (const [Host, origin] of [
      ["tock.example.org", APP_URL],
      ["tock.example.org:443", APP_URL],
      ["TOCK.example.org", APP_URL],
      ["tock.example.org:444", null],
      ["other.example.org", null],
    ] as const) {
      expect((await inspect({ APP_URL }, { Host })).origin).toBe(origin);
    }
  });

  it.each(["javascript", "file", "https:", "h t", "null"])(
    "is undefined for the scheme %j",
    async (scheme) => {
      expect((await inspect({ TRUST_PROXY: "1" }, { "X-Forwarded-Proto": scheme })).origin).toBeNull();
    },
  );
});

describe("isSameOrigin", () => {
  const ORIGIN = "https://tock.example.org";
  it.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ Cookie: "a=b" }, false],
    [{ Cookie: "a=b", Origin: ORIGIN }, true],
    [{ Cookie: "a=b", Origin: "null" }, false],
    [{ Cookie: "a=b", Origin: `${ORIGIN}:444` }, false],
    [{ Cookie: "a=b", "Sec-Fetch-Site": "same-origin" }, true],
    [{ Cookie: "a=b", "Sec-Fetch-Site": "same-site", Origin: ORIGIN }, false],
    [{ "Sec-Fetch-Site": "cross-site" }, false],
    [{ "Sec-Fetch-Site": "none", Origin: ORIGIN }, false],
    [{ Origin: "https://evil.example" }, false],
    [{ Authorization: "Basic abc", Origin: "https://evil.example" }, false],
    [{ Authorization: "Bearer", Cookie: "a=b" }, false],
  ])("with headers %j returns %s", async (headers, expected) => {
    expect((await inspect({}, headers)).same).toBe(expected);
  });

  it("accepts a Bearer token from any origin for API paths only", async () => {
    const headers = { Authorization: "bearer x", "Sec-Fetch-Site": "cross-site", Cookie: "a=b" };
    expect((await inspect({}, headers, "/api/tasks")).same).toBe(true);
    expect((await inspect({}, headers, "/dashboard")).same).toBe(false);
  });
});

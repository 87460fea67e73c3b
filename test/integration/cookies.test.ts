import { createCookie } from "@remix-run/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LATE_PATHS, statusAfterLateResponse, submitSignIn } from "../chaos/late-responses.ts";
import { type AppServer, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { claimsOf, forgeCookie, forgeToken } from "../support/forge-credentials.ts";
import { rawRequest } from "../support/raw-request.ts";
import { queryRows } from "../support/sql.ts";
import {
  cookieOf,
  cookiesAfter,
  createUser,
  PASSWORD,
  request,
  signUp,
  type TestResponse,
  type TestUser,
} from "../support/users.ts";

const HOUR_SECONDS = 60 * 60;
const WEEK_SECONDS = 7 * 24 * HOUR_SECONDS;

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp();
  ann = await signUp(tock.url);
});
afterAll(() => tock?.stop());

const now = () => Math.floor(Date.now() / 1000);
const get = (path: string, cookie: string, base = tock.url) =>
  request(base, "GET", path, { headers: { Cookie: cookie } });
const signInBody = () => JSON.stringify({ email: ann.email, password: PASSWORD });
const signIn = (base: string, headers: Record<string, string> = {}) =>
  rawRequest(base, "POST", "/api/auth/signin", {
    headers: { "Content-Type": "application/json", ...headers },
    body: signInBody(),
  });

function parseSetCookie(line: string) {
  const [pair = "", ...rest] = line.split(/; */);
  const attributes = Object.fromEntries(
    rest.map((part) => part.split("=")).map(([name, value]) => [name?.toLowerCase(), value ?? true]),
  );
  return { name: pair.slice(0, pair.indexOf("=")), value: pair.slice(pair.indexOf("=") + 1), attributes };
}

/**
 * Parses the first Set-Cookie header of a response. The only other one is the device cookie of a sign-in, which is as
 * protected.
 */
function setCookie(response: TestResponse) {
  const [first = parseSetCookie(""), ...others] = response.headers.getSetCookie().map(parseSetCookie);
  expect(first.name).not.toBe("");
  const protection = ({ attributes }: typeof first) => {
    const { expires, "max-age": _, ...rest } = attributes;
    return rest;
  };
  expect(others.length).toBeLessThanOrEqual(1);
  for (const other of others) {
    expect(other.name).toBe(`${first.name}-device`);
    expect(protection(other)).toEqual(protection(first));
  }
  return first;
}

const PLAIN = { httponly: true, samesite: "Lax", path: "/", "max-age": String(WEEK_SECONDS) };

describe("the session cookie", () => {
  it("is HttpOnly, SameSite=Lax, for the whole site and seven days, and not Secure on http", async () => {
    for (const response of [await signIn(tock.url), await pageSignIn()]) {
      const { name, attributes } = setCookie(response);
      const { expires, ...rest } = attributes;
      expect(name).toBe("tock");
      expect(rest).toEqual(PLAIN);
      if (expires)
        expect(Math.abs(Date.parse(String(expires)) / 1000 - now() - WEEK_SECONDS)).toBeLessThan(60);
    }
  });

  it("is removed with the same attributes by a sign-out", async () => {
    const cookie = cookieOf(await signIn(tock.url));
    const response = await request(tock.url, "POST", "/api/auth/signout", {
      headers: { Cookie: cookie, "Sec-Fetch-Site": "same-origin" },
    });
    const { name, value, attributes } = setCookie(response);
    expect([name, value]).toEqual(["tock", ""]);
    expect(attributes).toMatchObject({ path: "/", httponly: true, samesite: "Lax" });
    expect(Date.parse(String(attributes.expires)) <= 0 || attributes["max-age"] === "0").toBe(true);
  });

  it("holds the JWT and nothing else", async () => {
    const { body, headers } = await signIn(tock.url);
    const value = decodeURIComponent(headers.getSetCookie()[0]?.split(";")[0]?.slice("tock=".length) ?? "");
    expect(JSON.parse(Buffer.from(value.split(".")[0] ?? "", "base64").toString())).toEqual({
      token: body.token,
    });
  });
});

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const pageSignIn = () => submitSignIn(tock.url, ann.email);

it("a sign-out, also without a session, removes the text that waits for a sign-in", async () => {
  const post = (path: string, cookies: string[], fields: Record<string, string> = {}) =>
    request(tock.url, "POST", path, {
      body: new URLSearchParams(fields).toString(),
      headers: { ...FORM, "Sec-Fetch-Site": "same-origin", Cookie: cookies.join("; ") },
    });
  const kept = cookiesAfter(await post("/dashboard", [], { intent: "add", title: "Fern", user_id: ann.id }));
  expect(kept).toContain("tock-text-1=");
  for (const session of [[], [cookieOf(await signIn(tock.url))]])
    expect(cookiesAfter(await post("/signout", [kept, ...session]), kept)).not.toContain("tock-text");
});

describe("the session cookie of another deployment", () => {
  it("is Secure and named __Host-tock with an https APP_URL", async () => {
    const env = { DATABASE_URL: tock.databaseUrl, APP_URL: "https://tock.example.org" };
    const secure = await startApp(env);
    try {
      const visitor = { Host: "tock.example.org" };
      const response = await signIn(secure.url, { ...visitor, Origin: "https://tock.example.org" });
      const { name, attributes } = setCookie(response);
      const { expires, ...rest } = attributes;
      expect(name).toBe("__Host-tock");
      expect(rest).toEqual({ ...PLAIN, secure: true });
      const profile = (cookie: string) =>
        rawRequest(secure.url, "GET", "/api/auth/profile", { headers: { ...visitor, Cookie: cookie } });
      expect((await profile(cookieOf(response))).status).toBe(200);
      expectError(await profile(cookieOf(response).replace("__Host-", "")), 401, "UNAUTHORIZED");
      const kept = await rawRequest(secure.url, "POST", "/dashboard", {
        body: new URLSearchParams({ intent: "add", title: "Fern", user_id: ann.id }).toString(),
        headers: { ...visitor, ...FORM, Origin: "https://tock.example.org" },
      });
      const names = kept.headers.getSetCookie().map((cookie) => cookie.split("=")[0]);
      expect(names).toEqual(["__Host-tock-text-1", "__Host-tock-text-2"]);
    } finally {
      await secure.stop();
    }
  });

  it("is SameSite=None, Secure and Partitioned with FRAME_ANCESTORS, which also allows the frame", async () => {
    const env = {
      DATABASE_URL: tock.databaseUrl,
      APP_URL: "https://ann-tock.hf.space",
      FRAME_ANCESTORS: "https://huggingface.co",
    };
    const framed = await startApp(env);
    try {
      const visitor = { Host: "ann-tock.hf.space" };
      const { name, attributes } = setCookie(
        await signIn(framed.url, { ...visitor, Origin: "https://ann-tock.hf.space" }),
      );
      const { expires, ...rest } = attributes;
      expect(name).toBe("__Host-tock");
      expect(rest).toEqual({ ...PLAIN, secure: true, samesite: "None", partitioned: true });
      const page = await rawRequest(framed.url, "GET", "/signin", { headers: visitor });
      expect(page.headers.get("Content-Security-Policy")).toContain("frame-ancestors https://huggingface.co");
      expect(page.headers.get("X-Frame-Options")).toBeNull();
    } finally {
      await framed.stop();
    }
    const page = await rawRequest(tock.url, "GET", "/signin");
    expect(page.headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
  });
});

it("behind a trusted proxy that reports https, cookies are Secure without an APP_URL", async () => {
  const proxied = await startApp({ DATABASE_URL: tock.databaseUrl, TRUST_PROXY: "1" });
  try {
    const throughTls = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "tock.example.org" };
    const response = await signIn(proxied.url, throughTls);
    const { name, attributes } = setCookie(response);
    expect([name, attributes.secure]).toEqual(["tock", true]);
    const profile = (headers: Record<string, string>) =>
      rawRequest(proxied.url, "GET", "/api/auth/profile", {
        headers: { ...headers, Cookie: cookieOf(response) },
      });
    expect((await profile(throughTls)).status).toBe(200);
    const overHttp = setCookie(await signIn(proxied.url));
    expect(overHttp.name).toBe("tock");
    expect(overHttp.attributes.secure).toBeFalsy();
  } finally {
    await proxied.stop();
  }
});

describe("an invalid session cookie counts as signed out", () => {
  const signed = (value: unknown) =>
    createCookie("tock", { secrets: [TEST_SECRETS.SESSION_SECRET] })
      .serialize(value)
      .then((text) => text.split(";")[0] ?? "");
  it.each<[string, () => string | Promise<string>]>([
    ["empty", () => "tock="],
    ["unsigned text", () => "tock=nonsense"],
    ["only a dot", () => "tock=."],
    ["malformed percent-encoding", () => "tock=%E0%A4%A"],
    ["a changed value", () => ann.cookie.replace(/^tock=e/, "tock=f")],
    ["a changed signature", () => `${ann.cookie.slice(0, -8)}AAAAAAAA`],
    ["no signature", () => ann.cookie.split(".")[0] ?? ""],
    [
      "another secret's signature",
      () => forgeCookie({ token: ann.token }, { secret: TEST_SECRETS.JWT_SECRET }),
    ],
    ["another name", () => forgeCookie({ token: ann.token }, { name: "session" })],
    ["far too long", () => `tock=${"x".repeat(12_000)}`],
    ["signed, with an empty object", () => signed({})],
    ["signed, with null", () => signed(null)],
    ["signed, with an array", () => signed([1, 2])],
    ["signed, with a string", () => signed("token")],
    [
      "signed, with a forged token",
      () =>
        forgeCookie({
          token: forgeToken(claimsOf(ann.token), { secret: "another secret, 32 characters long" }),
        }),
    ],
    ["signed, with a number as token", () => forgeCookie({ token: 1 })],
    ["signed, with an object as token", () => forgeCookie({ token: { sub: ann.id } })],
    ["many other cookies", () => Array.from({ length: 200 }, (_, i) => `c${i}=${i}`).join("; ")],
  ])("%s", async (_, make) => {
    const cookie = await make();
    const landing = await get("/", cookie);
    expect(landing.status).toBe(200);
    expect(landing.text).toContain("Sign up");
    const dashboard = await get("/dashboard", cookie);
    expect([dashboard.status, dashboard.headers.get("Location")]).toEqual([
      302,
      "/signin?redirectTo=%2Fdashboard",
    ]);
    expectError(await get("/api/tasks", cookie), 401, "UNAUTHORIZED");
  });
});

describe("session renewal", () => {
  /** A user who signed in some hours ago. */
  async function signedInHoursAgo(hours: number): Promise<{ user: TestUser; cookie: string; iat: number }> {
    const user = await signUp(tock.url);
    const iat = now() - Math.round(hours * HOUR_SECONDS);
    const token = forgeToken({ ...claimsOf(user.token), iat, exp: iat + WEEK_SECONDS });
    await queryRows(tock.databaseUrl, "update session set expires_at = to_timestamp($1) where user_id = $2", [
      iat + WEEK_SECONDS,
      user.id,
    ]);
    return { user, cookie: await forgeCookie({ token }), iat };
  }
  const expiresAt = async (user: TestUser) =>
    (
      await queryRows(
        tock.databaseUrl,
        "select extract(epoch from expires_at)::int as at from session where user_id = $1",
        [user.id],
      )
    )[0].at;
  const tokenIn = (response: TestResponse) =>
    JSON.parse(
      Buffer.from(decodeURIComponent(setCookie(response).value).split(".")[0] ?? "", "base64").toString(),
    ).token;

  it.each([
    ["/dashboard", 24.1],
    ["/settings", 165.6],
    ["/dashboard.data", 25],
  ])(
    "GET %s %d hours after the sign-in renews cookie, JWT and session for seven days",
    async (path, hours) => {
      const { user, cookie } = await signedInHoursAgo(hours);
      const page = await get(path, cookie);
      expect(page.status).toBe(200);
      const claims = claimsOf(tokenIn(page));
      expect(claims).toMatchObject({
        user_id: user.id,
        email: user.email,
        sid: claimsOf(user.token).sid,
      });
      expect(Math.abs(claims.iat - now())).toBeLessThan(60);
      expect(claims.exp - claims.iat).toBe(WEEK_SECONDS);
      expect(setCookie(page).attributes).toMatchObject(PLAIN);
      expect(Math.abs((await expiresAt(user)) - now() - WEEK_SECONDS)).toBeLessThan(60);
      expect((await get("/api/tasks", cookieOf(page))).status).toBe(200);
      // A second tab may still use the old cookie.
      expect((await get("/api/tasks", cookie)).status).toBe(200);
    },
  );

  it("a page request within the first day renews nothing", async () => {
    const { user, cookie, iat } = await signedInHoursAgo(23.9);
    const page = await get("/dashboard", cookie);
    expect([page.status, page.headers.getSetCookie()]).toEqual([200, []]);
    expect(await expiresAt(user)).toBe(iat + WEEK_SECONDS);
  });

  it("an ended session is not renewed", async () => {
    const { user, cookie } = await signedInHoursAgo(30);
    await queryRows(tock.databaseUrl, "delete from session where user_id = $1", [user.id]);
    const page = await get("/", cookie);
    expect([page.status, page.text.includes("Sign up")]).toEqual([200, true]);
    expect(page.headers.getSetCookie()).toEqual([]);
  });

  it("a renewed token continues without the cookie of the sign-in, and a sign-out leaves only its notice", async () => {
    const { cookie } = await signedInHoursAgo(30);
    const renewed = cookieOf(await get("/dashboard", cookie));
    expect((await get("/dashboard", renewed)).status).toBe(200);
    const response = await rawRequest(tock.url, "POST", "/signout", {
      headers: { Cookie: `${cookie}; ${renewed}`, "Sec-Fetch-Site": "same-origin", ...FORM },
      body: "",
    });
    expect(cookiesAfter(response, `${cookie}; ${renewed}`)).toMatch(/^tock-notice=[^;]+$/);
    for (const ended of [cookie, renewed]) expectError(await get("/api/tasks", ended), 401, "AUTH_INVALID");
  });

  it.each(LATE_PATHS)(
    "a late response of %s to a token whose session has ended leaves a new sign-in of another tab alone",
    async (path) => {
      const { user, cookie } = await signedInHoursAgo(30);
      await queryRows(tock.databaseUrl, "delete from session where user_id = $1", [user.id]);
      expect(await statusAfterLateResponse(tock.url, path, cookie, ann.email)).toBe(200);
    },
  );

  it("a late renewal or notice of an earlier session leaves a new sign-in of another tab alone", async () => {
    const { user, cookie } = await signedInHoursAgo(30);
    const headers = { Cookie: cookie, "Sec-Fetch-Site": "same-origin", ...FORM };
    const saved = await rawRequest(tock.url, "POST", "/settings", {
      headers,
      body: new URLSearchParams({ intent: "profile", name: "Ada", email: user.email }).toString(),
    });
    const page = await get("/settings", cookiesAfter(saved, cookie));
    expect(page.text).toContain("Name and email saved.");
    const signOut = await rawRequest(tock.url, "POST", "/signout", { headers, body: "" });
    const signedIn = cookiesAfter(await pageSignIn(), cookiesAfter(signOut, cookie));
    for (const late of [saved, page]) {
      const after = await get("/settings", cookiesAfter(late, signedIn));
      expect(after.status).toBe(200);
      expect(after.text).toContain(ann.email);
    }
  });

  it("a session is extended to an age of 90 days and not beyond", async () => {
    const { user, cookie, iat } = await signedInHoursAgo(30);
    const setAge = (interval: string) =>
      queryRows(tock.databaseUrl, "update session set created_at = now() - $2::interval where user_id = $1", [
        user.id,
        interval,
      ]);
    await setAge("90 days 1 hour");
    const page = await get("/dashboard", cookie);
    expect([page.status, page.headers.getSetCookie()]).toEqual([200, []]);
    expect(await expiresAt(user)).toBe(iat + WEEK_SECONDS);
    await setAge("89 days");
    expect(claimsOf(tokenIn(await get("/dashboard", cookie))).sid).toBe(claimsOf(user.token).sid);
    expect(Math.abs((await expiresAt(user)) - now() - 24 * HOUR_SECONDS)).toBeLessThan(60);
  });

  it("a session ends after seven days without a request", async () => {
    const { cookie } = await signedInHoursAgo(7 * 24 + 0.1);
    expect((await get("/dashboard", cookie)).status).toBe(302);
    expectError(await get("/api/tasks", cookie), 401, "UNAUTHORIZED");
  });
});

it("a form that arrives after its session has ended leads back to its page, and is said not to be processed", async () => {
  const user = await createUser(tock);
  await user.api("POST", "/api/auth/signout");
  const response = await user.form("/settings", { intent: "theme", theme: "dark" });
  const location = response.headers.get("Location") ?? "";
  expect([response.status, location]).toEqual([302, "/signin?redirectTo=%2Fsettings"]);
  const signInPage = await get(location, cookiesAfter(response));
  expect(signInPage.text).toContain("You were signed out, so nothing was changed.");
});

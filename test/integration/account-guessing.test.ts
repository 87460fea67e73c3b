import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { queryRows } from "../support/sql.ts";
import {
  cookiesAfter,
  createUser,
  deviceCookieOf,
  PASSWORD,
  request,
  type TestResponse,
  type TestUser,
} from "../support/users.ts";

/** Failures per hour and account from new devices. A known device and a session have a fifth of it. */
const LIMIT = 5;
const KNOWN_LIMIT = 1;

let app: AppServer;
beforeAll(async () => {
  app = await startApp({ ...WITHOUT_COVERAGE, TRUST_PROXY: "1", RATE_LIMIT_ACCOUNT_PER_HOUR: String(LIMIT) });
});
afterAll(() => app?.stop());

let addressCount = 0;
/** An attacker with many networks: each attempt comes from another one. */
const newAddress = () => `203.0.${Math.floor(++addressCount / 250)}.${addressCount % 250}`;
const headersOf = (cookie?: string) => ({
  "X-Forwarded-For": newAddress(),
  ...(cookie && { Cookie: cookie, "Sec-Fetch-Site": "same-origin" }),
});
const signInWith = (email: string, password: string, cookie?: string): Promise<TestResponse> =>
  request(app.url, "POST", "/api/auth/signin", { body: { email, password }, headers: headersOf(cookie) });
const submitSignIn = (email: string, password: string, cookie?: string): Promise<TestResponse> =>
  request(app.url, "POST", "/signin", {
    body: new URLSearchParams({ intent: "signin", email, password }).toString(),
    headers: { ...headersOf(cookie), "Content-Type": "application/x-www-form-urlencoded" },
  });
const guess = (email: string, cookie?: string) => signInWith(email, "a wrong one", cookie);

/** Signs in once. @returns the device cookie */
async function knownDevice(email: string, cookie?: string): Promise<string> {
  const response = await signInWith(email, PASSWORD, cookie);
  expect(response.status).toBe(200);
  return deviceCookieOf(response);
}
async function guessFromNewDevices(email: string, count = LIMIT): Promise<void> {
  for (let n = 0; n < count; n++) expectError(await guess(email), 401, "INVALID_CREDENTIALS");
}

function expectLimited(response: TestResponse, limit: number): void {
  expectError(response, 429, "RATE_LIMITED");
  const seconds = Number(response.headers.get("Retry-After"));
  expect(seconds).toBeGreaterThan(3_000);
  expect(seconds).toBeLessThanOrEqual(3_600);
  expect(response.headers.get("RateLimit-Limit")).toBe(String(limit));
  expect(response.body.error.message).toMatch(/Try again in \d\d minutes\.$/);
}

describe("an attack on one account from many addresses", () => {
  it("is throttled after the limit, to which concurrent guesses count exactly", async () => {
    const { email } = await createUser(app);
    const responses = await Promise.all(Array.from({ length: 20 }, () => guess(email)));
    const statuses = responses.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(LIMIT).fill(401), ...Array(20 - LIMIT).fill(429)]);
    for (const response of responses) if (response.status === 429) expectLimited(response, LIMIT);
    // The right password does not help a new device either: the response must not tell a guess from the others.
    expectLimited(await signInWith(email, PASSWORD), LIMIT);
    const logged = app.log.filter((line) => line.includes('"limit":"account"'));
    expect(logged.length).toBeGreaterThan(0);
  });

  it("leaves the owner's known devices and sessions alone", async () => {
    const user = await createUser(app);
    const phone = await knownDevice(user.email);
    await guessFromNewDevices(user.email);
    expectLimited(await guess(user.email), LIMIT);
    for (let n = 0; n < 3; n++) expect((await signInWith(user.email, PASSWORD, phone)).status).toBe(200);
    expect((await submitSignIn(user.email, PASSWORD, phone)).status).toBe(302);
    const change = { current_password: PASSWORD, password: "another lantern by the river" };
    expect((await user.api("PUT", "/api/auth/profile", change)).status).toBe(200);
    const deletion = { password: change.password };
    expect((await user.api("DELETE", "/api/auth/account", deletion)).status).toBe(204);
  });

  it("gets the same answers for an email without an account", async () => {
    const [known, unknown] = [(await createUser(app)).email, `${randomUUID()}@example.org`];
    const describeResponse = ({ status, headers, body }: TestResponse) => ({
      status,
      body: JSON.stringify(body).replace(/\d+ minutes/, "# minutes"),
      headers: [...headers.keys()].filter((name) => name !== "content-length"),
      limit: headers.get("RateLimit-Limit"),
    });
    for (let n = 0; n < LIMIT + 2; n++)
      expect(describeResponse(await guess(unknown))).toEqual(describeResponse(await guess(known)));
    expectLimited(await guess(unknown), LIMIT);
  });

  it("on the page and on the API shares one count", async () => {
    const { email } = await createUser(app);
    for (let n = 0; n < LIMIT; n++) {
      const response = n % 2 ? await guess(email) : await submitSignIn(email, "a wrong one");
      expect(response.status).toBe(401);
    }
    const page = await submitSignIn(email, PASSWORD);
    expect(page.status).toBe(429);
    expect(page.text).toMatch(
      /on new devices. Use a device you&#x27;ve signed in on before. Try again in \d\d minutes/,
    );
    expectLimited(await guess(email), LIMIT);
  });

  it("does not gain from the owner's successes, and the owner's successes are not counted", async () => {
    const { email } = await createUser(app);
    for (let n = 0; n < LIMIT + 1; n++) expect((await signInWith(email, PASSWORD)).status).toBe(200);
    await guessFromNewDevices(email, LIMIT - 1);
    expect((await signInWith(email, PASSWORD)).status).toBe(200);
    expectError(await guess(email), 401, "INVALID_CREDENTIALS");
    expectLimited(await guess(email), LIMIT);
  });

  it("is counted across instances and restarts, under a key without the email", async () => {
    const { email } = await createUser(app);
    await guessFromNewDevices(email);
    const again = await startApp({
      DATABASE_URL: app.databaseUrl,
      RATE_LIMIT_ACCOUNT_PER_HOUR: String(LIMIT),
    });
    try {
      const body = { email, password: PASSWORD };
      expectLimited(await request(again.url, "POST", "/api/auth/signin", { body }), LIMIT);
    } finally {
      await again.stop();
    }
    const keys = (await queryRows(app.databaseUrl, "select key from rate_limit"))
      .map(({ key }) => key)
      .join("\n");
    expect(keys).toMatch(/^tock:account:[\w-]{22}$/m);
    expect(keys).not.toContain("example.org");
    expect(app.log.join("\n")).not.toContain(email);
  });
});

describe("a device cookie", () => {
  it("is HttpOnly, lasts a year, and is set by sign-in and sign-up but not removed by signing out", async () => {
    const email = `${randomUUID()}@example.org`;
    const body = { email, name: "Ada", password: PASSWORD };
    const signedUp = await request(app.url, "POST", "/api/auth/signup", { body, headers: headersOf() });
    const [session, device] = signedUp.headers.getSetCookie();
    expect(session).toMatch(/^tock=/);
    expect(device).toMatch(
      /^tock-device=[\w-]{22}\.[\w-]{22}; Max-Age=31536000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    const cookies = cookiesAfter(signedUp);
    const signOut = await request(app.url, "POST", "/signout", {
      headers: { ...headersOf(cookies), "Content-Type": "application/x-www-form-urlencoded" },
    });
    expect(signOut.status).toBe(302);
    expect(cookiesAfter(signOut, cookies)).toMatch(/tock-device=/);
    const page = await submitSignIn(email, PASSWORD, deviceCookieOf(signedUp));
    expect(deviceCookieOf(page)).toBe(deviceCookieOf(signedUp));
  });

  it("that is forged, or of another account, gives nothing", async () => {
    const [victim, attacker] = [await createUser(app), await createUser(app)];
    const victimsDevice = await knownDevice(victim.email);
    const ownDevice = await knownDevice(attacker.email);
    const [id = "", mark = ""] = victimsDevice.replace("tock-device=", "").split(".");
    const [ownId = "", ownMark = ""] = ownDevice.replace("tock-device=", "").split(".");
    await guessFromNewDevices(victim.email);
    const forgeries = [
      ownDevice,
      `tock-device=${ownId}.${mark}`,
      `tock-device=${id}.${ownMark}`,
      `tock-device=${id}.${mark.startsWith("A") ? "B" : "A"}${mark.slice(1)}`,
      `tock-device=${id}`,
      `tock-device=${id}.${ownMark}.${ownMark}`,
      `tock-device=${"A".repeat(22)}.${"A".repeat(22)}`,
      "tock-device=",
      `tock=${id}.${mark}`,
    ];
    for (const cookie of forgeries) {
      expectLimited(await guess(victim.email, cookie), LIMIT);
      expectLimited(await signInWith(victim.email, PASSWORD, cookie), LIMIT);
    }
    expect((await signInWith(victim.email, PASSWORD, victimsDevice)).status).toBe(200);
  });

  it("that was stolen allows few guesses, which do not count for the owner's other devices", async () => {
    const { email } = await createUser(app);
    const [stolen, other] = [await knownDevice(email), await knownDevice(email)];
    expect(stolen).not.toBe(other);
    for (let n = 0; n < KNOWN_LIMIT; n++) expectError(await guess(email, stolen), 401, "INVALID_CREDENTIALS");
    expectLimited(await guess(email, stolen), KNOWN_LIMIT);
    expectLimited(await signInWith(email, PASSWORD, stolen), KNOWN_LIMIT);
    expect((await signInWith(email, PASSWORD, other)).status).toBe(200);
    expect((await signInWith(email, PASSWORD)).status).toBe(200);
  });

  it("of a device that several accounts use has a count for each", async () => {
    const [ada, grace] = [await createUser(app), await createUser(app)];
    const shared = await knownDevice(grace.email, await knownDevice(ada.email));
    for (let n = 0; n < KNOWN_LIMIT; n++) await guess(ada.email, shared);
    expectLimited(await guess(ada.email, shared), KNOWN_LIMIT);
    expect((await signInWith(grace.email, PASSWORD, shared)).status).toBe(200);
  });

  it("stays known after a change of the email, by page and by API", async () => {
    for (const isPage of [true, false]) {
      const user = await createUser(app);
      const device = await knownDevice(user.email);
      const email = `${randomUUID()}@example.org`;
      const fields = { name: user.name, email, current_password: PASSWORD };
      const headers = headersOf(`${user.cookie}; ${device}`);
      const response = isPage
        ? await request(app.url, "POST", "/settings", {
            body: new URLSearchParams({ intent: "profile", ...fields }).toString(),
            headers: { ...headers, "Content-Type": "application/x-www-form-urlencoded" },
          })
        : await request(app.url, "PUT", "/api/auth/profile", { body: fields, headers });
      expect(response.status).toBe(isPage ? 302 : 200);
      await guessFromNewDevices(email);
      expect((await signInWith(email, PASSWORD, deviceCookieOf(response))).status).toBe(200);
      expectLimited(await signInWith(email, PASSWORD), LIMIT);
    }
  });

  it("is not set for a device that never signed in with the email before", async () => {
    const user = await createUser(app);
    const response = await user.viaCookie("PUT", "/api/auth/profile", {
      email: `${randomUUID()}@example.org`,
    });
    expect([response.status, deviceCookieOf(response)]).toEqual([200, ""]);
  });
});

describe("a stolen session", () => {
  const change = (user: TestUser, current_password: string) =>
    request(app.url, "PUT", "/api/auth/profile", {
      body: { current_password, password: "another lantern by the river" },
      headers: { ...headersOf(), Authorization: `Bearer ${user.token}` },
    });

  it("allows few guesses of the password, also at once, which do not count for other sessions", async () => {
    const user = await createUser(app);
    const owner = await request(app.url, "POST", "/api/auth/signin", {
      body: { email: user.email, password: PASSWORD },
      headers: headersOf(),
    });
    const guesses = await Promise.all(Array.from({ length: 8 }, () => change(user, "a wrong one")));
    expect(guesses.map(({ status }) => status).sort()).toEqual([401, 429, 429, 429, 429, 429, 429, 429]);
    expectLimited(await change(user, PASSWORD), KNOWN_LIMIT);
    const deletion = {
      body: { password: PASSWORD },
      headers: { ...headersOf(), Authorization: `Bearer ${user.token}` },
    };
    expectLimited(await request(app.url, "DELETE", "/api/auth/account", deletion), KNOWN_LIMIT);
    expect((await change({ ...user, token: owner.body.token }, PASSWORD)).status).toBe(200);
  });
});

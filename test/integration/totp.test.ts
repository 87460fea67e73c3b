import bcrypt from "bcrypt";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSealer } from "#app/services/sealing.server.ts";
import { codeOfStep, stepAt } from "#app/services/totp-codes.server.ts";
import { type AppServer, startApp, TEST_SECRETS } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import {
  changePassword,
  changePasswordAfterProof,
  createIntrusion,
} from "../support/password-change-races.ts";
import { queryRows } from "../support/sql.ts";
import { codeNow, type TotpUser, turnOnTotp } from "../support/totp.ts";
import {
  cookiesAfter,
  createUser,
  insertSession,
  PASSWORD,
  request,
  type TestResponse,
  type TestUser,
} from "../support/users.ts";

let app: AppServer;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());

const signInWith = (email: string, totp_code?: string, headers = {}, password = PASSWORD) =>
  request(app.url, "POST", "/api/auth/signin", {
    body: { email, password, ...(totp_code !== undefined && { totp_code }) },
    headers,
  });
const submit = (path: string, fields: Record<string, string>, cookie = "") =>
  request(app.url, "POST", path, {
    body: new URLSearchParams(fields).toString(),
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "Sec-Fetch-Site": "same-origin",
      ...(cookie && { Cookie: cookie }),
    },
  });
/** Submits email and password on the page. @returns the cookies of the pending sign-in */
async function passwordStep(email: string, password = PASSWORD): Promise<string> {
  const response = await submit("/signin", { intent: "signin", email, password, redirectTo: "/settings" });
  expect([response.status, response.headers.get("Location")]).toEqual([
    302,
    "/signin/code?redirectTo=%2Fsettings",
  ]);
  return cookiesAfter(response);
}
const codeStep = (cookie: string, totp_code: string) =>
  submit("/signin/code", { intent: "signin-code", totp_code, redirectTo: "/settings" }, cookie);
const rows = (table: string, user: TestUser) =>
  queryRows(app.databaseUrl, `select * from ${table} where user_id = $1`, [user.id]);
const sessionCount = async (user: TestUser) => (await rows("session", user)).length;
const expectWrongCode = (response: TestResponse) => {
  expectError(response, 401, "INVALID_CREDENTIALS");
  expect(Object.keys(response.body.error.details)).toEqual(["totp_code"]);
};
const eventsOf = (user: TestUser) =>
  app.log.flatMap((line) => {
    const { msg, event, user: id } = JSON.parse(line);
    return msg === "security event" && id === user.id ? [event] : [];
  });

describe("an account without a second factor", () => {
  it("gets the same response as before, also with a code", async () => {
    const user = await createUser(app);
    for (const code of [undefined, "000000", "abcdef-ghijkl-mnopqr-stuvwx"]) {
      const response = await signInWith(user.email, code);
      expect([response.status, Object.keys(response.body)]).toEqual([200, ["user", "token"]]);
    }
    expectError(await signInWith(user.email, "000000", {}, "a wrong one"), 401, "INVALID_CREDENTIALS");
    expect(eventsOf(user)).toEqual(["sign_in", "sign_in", "sign_in", "sign_in_refused"]);
  });

  it("is not asked for a code while a setup is pending, which expires", async () => {
    const user = await createUser(app);
    const { body } = await user.api("POST", "/api/auth/totp", { password: PASSWORD });
    expect((await signInWith(user.email)).status).toBe(200);
    expect((await user.api("GET", "/api/auth/totp")).body).toEqual({
      status: "pending",
      recovery_codes_left: 0,
    });
    await queryRows(
      app.databaseUrl,
      "update totp set created_at = now() - interval '16 minutes' where user_id = $1",
      [user.id],
    );
    expect((await user.api("GET", "/api/auth/totp")).body.status).toBe("off");
    const confirmed = await user.api("POST", "/api/auth/totp/confirm", { totp_code: codeNow(body.secret) });
    expectError(confirmed, 400, "BAD_REQUEST");
  });
});

describe("the setup", () => {
  it("ends when the password changes, because an intruder may know its secret", async () => {
    const user = await createUser(app);
    await user.api("POST", "/api/auth/totp", { password: PASSWORD });
    expect((await changePassword(user)).status).toBe(200);
    expect((await user.api("GET", "/api/auth/totp")).body.status).toBe("off");
  });

  it("shows its secret to the session that began it only, because a thief's has not proved the password", async () => {
    const user = await createUser(app);
    const thief = await insertSession(app, user);
    const { body } = await user.api("POST", "/api/auth/totp", { password: PASSWORD });
    const page = ({ cookie }: TestUser) =>
      request(app.url, "GET", "/settings/totp", { headers: { Cookie: cookie } });
    expect((await page(user)).text).toContain(body.secret);
    const theirs = await page(thief);
    expect(theirs.text).not.toContain(body.secret);
    expect(theirs.text).toContain("begun in another session");
    const confirm = (session: TestUser) =>
      session.api("POST", "/api/auth/totp/confirm", { totp_code: codeNow(body.secret) });
    expectError(await confirm(thief), 400, "BAD_REQUEST");
    expect((await confirm(user)).status).toBe(200);
  });

  it("does not begin when the password changes after it was verified", async () => {
    const intrusion = await createIntrusion(app);
    const { intruder } = intrusion;
    const response = await changePasswordAfterProof(app, intrusion, () =>
      intruder.api("POST", "/api/auth/totp", { password: PASSWORD }),
    );
    expectError(response, 401, "INVALID_CREDENTIALS", ["password"]);
    expect(await rows("totp", intruder)).toEqual([]);
  });

  it("needs the password, then a code of the shown secret, and returns ten recovery codes once", async () => {
    const user = await createUser(app);
    expectError(
      await user.api("POST", "/api/auth/totp", { password: "a wrong one" }),
      401,
      "INVALID_CREDENTIALS",
    );
    expectError(
      await user.api("POST", "/api/auth/totp/confirm", { totp_code: "000000" }),
      400,
      "BAD_REQUEST",
    );
    const first = await user.api("POST", "/api/auth/totp", { password: PASSWORD });
    const second = await user.api("POST", "/api/auth/totp", { password: PASSWORD });
    expect(second.body.secret).not.toBe(first.body.secret);
    expect(second.body.uri).toContain(`secret=${second.body.secret}`);
    expectWrongCode(
      await user.api("POST", "/api/auth/totp/confirm", { totp_code: codeNow(first.body.secret) }),
    );
    const totp_code = codeNow(second.body.secret);
    const confirmed = await user.api("POST", "/api/auth/totp/confirm", { totp_code });
    expect([confirmed.status, new Set(confirmed.body.recovery_codes).size]).toEqual([200, 10]);
    expect((await user.api("GET", "/api/auth/totp")).body).toEqual({ status: "on", recovery_codes_left: 10 });
    expectError(await user.api("POST", "/api/auth/totp/confirm", { totp_code }), 400, "BAD_REQUEST");
    expectError(await user.api("POST", "/api/auth/totp", { password: PASSWORD }), 400, "BAD_REQUEST");
    // The code that confirmed the setup cannot be used again.
    expectWrongCode(await signInWith(user.email, totp_code));
    expect(eventsOf(user)).toContain("totp_enabled");
  });

  it("confirmed by several requests at once succeeds for one", async () => {
    const user = await createUser(app);
    const { secret } = (await user.api("POST", "/api/auth/totp", { password: PASSWORD })).body;
    const body = { totp_code: codeNow(secret) };
    const responses = await Promise.all(
      Array.from({ length: 6 }, () => user.api("POST", "/api/auth/totp/confirm", body)),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
    expect(await rows("recovery_code", user)).toHaveLength(10);
  });

  it("stores neither the secret nor a recovery code in a readable form, and logs none", async () => {
    const user = await createUser(app);
    const { secret, recoveryCodes } = await turnOnTotp(user);
    const stored = JSON.stringify([await rows("totp", user), await rows("recovery_code", user)]);
    const dump = Buffer.concat([
      ...(await rows("totp", user)).map((row) => row.secret),
      ...(await rows("recovery_code", user)).map((row) => row.code_hash),
    ]).toString("latin1");
    for (const text of [secret, ...recoveryCodes]) {
      expect(stored + dump).not.toContain(text);
      expect(app.log.join("\n")).not.toContain(text);
    }
    const [row] = await rows("totp", user);
    const sealer = createSealer("tock totp secrets", [TEST_SECRETS.BETTER_AUTH_SECRET]);
    expect(sealer.unseal(row.secret, user.id)).toBe(secret);
    expect(sealer.unseal(row.secret, crypto.randomUUID())).toBeUndefined();
  });
});

describe("a sign-in to an account with a second factor", () => {
  let user: TestUser;
  let totp: TotpUser;
  beforeEach(async () => {
    user = await createUser(app);
    totp = await turnOnTotp(user);
  });

  it("by API gets TOTP_REQUIRED after the right password only, and 200 with the code", async () => {
    const required = await signInWith(user.email);
    expectError(required, 401, "TOTP_REQUIRED");
    expect(required.headers.getSetCookie()).toEqual([]);
    expectError(await signInWith(user.email, undefined, {}, "a wrong one"), 401, "INVALID_CREDENTIALS");
    const wrong = await signInWith(user.email, totp.code, {}, "a wrong one");
    expect(Object.keys(wrong.body.error.details)).toEqual(["password"]);
    expect(await sessionCount(user)).toBe(1);
    const response = await signInWith(user.email, totp.code);
    expect([response.status, Object.keys(response.body)]).toEqual([200, ["user", "token"]]);
    expect(eventsOf(user)).toEqual(["totp_enabled", "sign_in_refused", "sign_in_refused", "sign_in"]);
  });

  it("by page asks for the code in a second step, without JavaScript, and keeps the way back", async () => {
    const pending = await passwordStep(user.email);
    const page = await request(app.url, "GET", "/signin/code?redirectTo=%2Fsettings", {
      headers: { Cookie: pending },
    });
    expect(page.text).toContain('autoComplete="one-time-code"');
    const wrong = await codeStep(pending, "000000");
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain("That code isn&#x27;t right, or was used already.");
    expect(wrong.text).not.toContain('value="000000"');
    const response = await codeStep(pending, totp.code);
    expect([response.status, response.headers.get("Location")]).toEqual([302, "/settings"]);
    const cookies = cookiesAfter(response, pending);
    expect(cookies).not.toContain("tock-code=");
    expect(cookies).toContain("tock-device=");
    expect((await request(app.url, "GET", "/settings", { headers: { Cookie: cookies } })).status).toBe(200);
  });

  it("refuses a code that was used, and those of earlier steps, which may have been observed", async () => {
    const codeAt = (offset: number) => codeOfStep(totp.secret, totp.step + offset);
    expectWrongCode(await signInWith(user.email, codeAt(0)));
    expect((await signInWith(user.email, codeAt(1))).status).toBe(200);
    for (const offset of [1, 0, -1, -2]) expectWrongCode(await signInWith(user.email, codeAt(offset)));
  });

  it("with one code from several requests at once succeeds for one, by API and by page", async () => {
    const pending = await passwordStep(user.email);
    const code = totp.code;
    const responses = await Promise.all([
      ...Array.from({ length: 4 }, () => signInWith(user.email, code)),
      ...Array.from({ length: 4 }, () => codeStep(pending, code)),
    ]);
    const successes = responses.filter(({ status }) => status === 200 || status === 302);
    expect(successes).toHaveLength(1);
    expect(await sessionCount(user)).toBe(2);
  });

  it("accepts each recovery code once, also from several requests at once", async () => {
    const [code = "", other = ""] = totp.recoveryCodes;
    const responses = await Promise.all(Array.from({ length: 6 }, () => signInWith(user.email, code)));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401, 401, 401]);
    expectWrongCode(await signInWith(user.email, code));
    expect((await codeStep(await passwordStep(user.email), other.toUpperCase())).status).toBe(302);
    expect((await user.api("GET", "/api/auth/totp")).body).toEqual({ status: "on", recovery_codes_left: 8 });
    expect(eventsOf(user).filter((event) => event === "recovery_code_used")).toHaveLength(2);
    expect(eventsOf(user).filter((event) => event === "totp_refused")).toHaveLength(6);
  });

  it("does not accept codes of another account", async () => {
    const other = await createUser(app);
    const theirs = await turnOnTotp(other);
    expectWrongCode(await signInWith(user.email, theirs.code));
    expectWrongCode(await signInWith(user.email, theirs.recoveryCodes[0] ?? ""));
    expect(await rows("recovery_code", other)).toHaveLength(10);
    // A pending sign-in is bound to its account, so an own second factor does not complete another's.
    const pending = await passwordStep(user.email);
    expect((await codeStep(pending, theirs.code)).status).toBe(401);
    expect(await sessionCount(user)).toBe(1);
  });

  it("limits wrong codes to twenty a day, known devices apart, and tells nothing more", async () => {
    const device = cookiesAfter(await signInWith(user.email, totp.recoveryCodes[0]));
    const pending = await passwordStep(user.email);
    const responses = await Promise.all(Array.from({ length: 24 }, () => codeStep(pending, "000000")));
    expect(responses.map(({ status }) => status).sort()).toEqual([
      ...Array(20).fill(401),
      ...Array(4).fill(429),
    ]);
    const limited = await signInWith(user.email, totp.code);
    expectError(limited, 429, "RATE_LIMITED");
    expect(Number(limited.headers.get("Retry-After"))).toBeGreaterThan(80_000);
    const [deviceCookie = ""] = device.match(/tock-device=[^;]+/) ?? [];
    const known = await signInWith(user.email, totp.code, {
      Cookie: deviceCookie,
      "Sec-Fetch-Site": "same-origin",
    });
    expect(known.status).toBe(200);
  });

  it("limits wrong codes of all known devices together, who may all be an attacker's", async () => {
    const target = await createUser(app);
    const devices = await Promise.all(Array.from({ length: 6 }, () => signInWith(target.email)));
    await turnOnTotp(target);
    const pending = await passwordStep(target.email);
    const guess = (device: TestResponse, count: number) => {
      const [cookie] = cookiesAfter(device).match(/tock-device=[^;]+/) ?? [];
      return Promise.all(Array.from({ length: count }, () => codeStep(`${pending}; ${cookie}`, "000000")));
    };
    const [last, ...others] = devices as [TestResponse, ...TestResponse[]];
    for (const device of others) for (const { status } of await guess(device, 20)) expect(status).toBe(401);
    for (const { status } of await guess(last, 2)) expect(status).toBe(429);
  });

  it("accepts a recovery code when the key that encrypted the secret is gone, and says so for other codes", async () => {
    const sealed = createSealer("tock totp secrets", ["a-secret-that-is-gone-0123456789abcdef"]).seal(
      "x",
      user.id,
    );
    await queryRows(app.databaseUrl, "update totp set secret = $2 where user_id = $1", [user.id, sealed]);
    const response = await signInWith(user.email, totp.code);
    expectWrongCode(response);
    expect(response.body.error.message).toContain("Use a recovery code");
    expect((await signInWith(user.email, totp.recoveryCodes[0])).status).toBe(200);
  });

  it("needs a pending sign-in that is genuine, in time, and of the current password", async () => {
    const pending = await passwordStep(user.email);
    const token = pending.match(/tock-code=([\w-]+)/)?.[1] ?? "";
    const bytes = Buffer.from(token, "base64url");
    const flipped = Buffer.from(bytes);
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    const sealed = (content: object, secret: string, purpose = "tock pending sign-in") =>
      createSealer(purpose, [secret]).seal(JSON.stringify(content)).toString("base64url");
    const content = JSON.parse(
      createSealer("tock pending sign-in", [TEST_SECRETS.SESSION_SECRET]).unseal(bytes) ?? "{}",
    );
    expect(Object.keys(content)).toEqual(["user_id", "email", "credential", "expires"]);
    const forgeries = [
      flipped.toString("base64url"),
      sealed(content, "a-secret-of-the-attacker-0123456789abcdef"),
      sealed(content, TEST_SECRETS.SESSION_SECRET, "tock kept form"),
      sealed({ ...content, expires: Math.floor(Date.now() / 1000) - 1 }, TEST_SECRETS.SESSION_SECRET),
      sealed({ ...content, credential: "x" }, TEST_SECRETS.SESSION_SECRET),
      sealed({ ...content, user_id: crypto.randomUUID() }, TEST_SECRETS.SESSION_SECRET),
      "nonsense",
    ];
    const expired = await codeStep(`tock-code=${forgeries[3]}`, totp.code);
    const signInPage = await request(app.url, "GET", "/signin", {
      headers: { Cookie: cookiesAfter(expired) },
    });
    expect(signInPage.text).toContain("the code has to follow the password within five minutes");
    for (const forged of forgeries) {
      const response = await codeStep(`tock-code=${forged}`, totp.code);
      expect([response.status, response.headers.get("Location")], forged).toEqual([
        302,
        "/signin?redirectTo=%2Fsettings",
      ]);
    }
    const change = { current_password: PASSWORD, password: "another lantern by the river" };
    expect((await user.api("PUT", "/api/auth/profile", change)).status).toBe(200);
    expect((await codeStep(pending, totp.code)).headers.get("Location")).toBe(
      "/signin?redirectTo=%2Fsettings",
    );
    expect(await sessionCount(user)).toBe(1);
  });

  it("stays pending while a hash of a lower cost is replaced", async () => {
    const oldHash = await bcrypt.hash(PASSWORD, 10);
    const setHash = "update account set password_hash = $2 where user_id = $1";
    await queryRows(app.databaseUrl, setHash, [user.id, oldHash]);
    const pending = await passwordStep(user.email);
    const [{ password_hash }] = await rows("account", user);
    expect(bcrypt.getRounds(password_hash)).toBe(12);
    expect((await codeStep(pending, totp.code)).headers.get("Location")).toBe("/settings");
  });

  it("leads from the page of the code to the sign-in without a pending one", async () => {
    const page = await request(app.url, "GET", "/signin/code");
    expect([page.status, page.headers.get("Location")]).toEqual([302, "/signin?redirectTo=%2Fdashboard"]);
  });
});

describe("a second factor that is on", () => {
  it("is turned off with password and code, and its codes are deleted", async () => {
    const user = await createUser(app);
    const { secret, step, code, recoveryCodes } = await turnOnTotp(user);
    const remove = (password: string, totp_code: string) =>
      user.api("DELETE", "/api/auth/totp", { password, totp_code });
    expectError(await remove("a wrong one", code), 401, "INVALID_CREDENTIALS");
    const usedCode = codeOfStep(secret, step);
    for (const wrong of ["000000", usedCode]) expectWrongCode(await remove(PASSWORD, wrong));
    expect((await user.api("GET", "/api/auth/totp")).body.status).toBe("on");
    expect((await remove(PASSWORD, code)).status).toBe(204);
    expect([await rows("totp", user), await rows("recovery_code", user)]).toEqual([[], []]);
    expectError(await remove(PASSWORD, recoveryCodes[0] ?? ""), 400, "BAD_REQUEST");
    expect((await signInWith(user.email)).status).toBe(200);
    expect(eventsOf(user)).toContain("totp_disabled");
  });

  it("is turned off by an operator in SQL, and a new setup ends the old recovery codes", async () => {
    const user = await createUser(app);
    const { recoveryCodes } = await turnOnTotp(user);
    await queryRows(app.databaseUrl, "delete from totp where user_id = $1", [user.id]);
    expect((await signInWith(user.email)).status).toBe(200);
    await turnOnTotp(user);
    expectWrongCode(await signInWith(user.email, recoveryCodes[0] ?? ""));
    expect(await rows("recovery_code", user)).toHaveLength(10);
  });

  it("stays on when the password changes after it was verified to turn it off", async () => {
    const intrusion = await createIntrusion(app);
    const { intruder } = intrusion;
    const { code } = await turnOnTotp(intruder);
    const response = await changePasswordAfterProof(app, intrusion, () =>
      intruder.api("DELETE", "/api/auth/totp", { password: PASSWORD, totp_code: code }),
    );
    expectError(response, 401, "INVALID_CREDENTIALS", ["password"]);
    expect(await rows("totp", intruder)).toHaveLength(1);
  });

  it("gets new recovery codes with password and code, which replace the old ones", async () => {
    const user = await createUser(app);
    const { recoveryCodes } = await turnOnTotp(user);
    const [first = "", second = ""] = recoveryCodes;
    const renew = (totp_code: string) =>
      user.api("POST", "/api/auth/totp/recovery-codes", { password: PASSWORD, totp_code });
    const renewed = await renew(first);
    expect([renewed.status, renewed.body.recovery_codes.length]).toEqual([200, 10]);
    expectWrongCode(await renew(second));
    expectWrongCode(await signInWith(user.email, second));
    expect((await signInWith(user.email, renewed.body.recovery_codes[0])).status).toBe(200);
  });

  it("is not asked for by a password change, an email change or a deletion, and goes with the account", async () => {
    const user = await createUser(app);
    await turnOnTotp(user);
    const password = "another lantern by the river";
    const email = `${crypto.randomUUID()}@example.org`;
    const changes = [
      { password, current_password: PASSWORD },
      { email, current_password: password },
    ];
    for (const change of changes)
      expect((await user.api("PUT", "/api/auth/profile", change)).status).toBe(200);
    expectError(await signInWith(email, undefined, {}, password), 401, "TOTP_REQUIRED");
    expect((await user.api("DELETE", "/api/auth/account", { password })).status).toBe(204);
    expect([await rows("totp", user), await rows("recovery_code", user)]).toEqual([[], []]);
  });

  it("is shown in the settings, where it is set up without JavaScript", async () => {
    const user = await createUser(app);
    const page = async (path: string) =>
      (await request(app.url, "GET", path, { headers: { Cookie: user.cookie } })).text;
    expect(await page("/settings")).toContain("Turn on two-step sign-in");
    expect((await user.form("/settings/totp", { intent: "start", password: "a wrong one" })).status).toBe(
      401,
    );
    expect((await user.form("/settings/totp", { intent: "start", password: PASSWORD })).status).toBe(302);
    const setup = await page("/settings/totp");
    const secret = setup.match(/<code>([A-Z2-7 ]+)<\/code>/)?.[1]?.replaceAll(" ", "") ?? "";
    expect(setup).toContain(`secret=${secret}&amp;issuer=Tock`);
    const step = stepAt(Date.now());
    const confirmed = await user.form("/settings/totp", {
      intent: "confirm",
      totp_code: codeOfStep(secret, step),
    });
    expect(confirmed.status).toBe(200);
    expect(confirmed.text.match(/<code>[a-z2-7-]{27}<\/code>/g)).toHaveLength(10);
    expect(await page("/settings/totp")).not.toMatch(/<code>/);
    expect(await page("/settings")).toContain("Change two-step sign-in");
    const wrong = await user.form("/settings/totp", {
      intent: "remove",
      password: PASSWORD,
      totp_code: "000000",
    });
    expect(wrong.status).toBe(401);
    const removed = await user.form("/settings/totp", {
      intent: "remove",
      password: PASSWORD,
      totp_code: codeOfStep(secret, step + 1),
    });
    expect([removed.status, removed.headers.get("Location")]).toEqual([302, "/settings"]);
  });
});

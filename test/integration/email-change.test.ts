import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AppServer } from "../support/app-server.ts";
import { expectError, expectNoContent, USER_SHAPE } from "../support/assertions.ts";
import {
  changePasswordDuringEmailChange,
  EMAIL_PROOFS,
  requestEmail,
} from "../support/email-change-races.ts";
import { holdWrites } from "../support/held-writes.ts";
import { type MailServer, startMailApp, startMailServer } from "../support/mail-server.ts";
import { holdPasswordChange } from "../support/password-change-races.ts";
import { queryRows } from "../support/sql.ts";
import {
  cookiesAfter,
  createUser,
  insertSession,
  PASSWORD,
  request,
  type TestResponse,
  type TestUser,
} from "../support/users.ts";

let mail: MailServer;
let app: AppServer;
beforeAll(async () => {
  mail = await startMailServer();
  app = await startMailApp(mail);
});
afterAll(async () => {
  await app?.stop();
  await mail?.close();
});

const newEmail = () => `${randomUUID()}@example.org`;
const changeEmail = (user: TestUser, email: string) => user.api("PUT", "/api/auth/profile", { email });
const emailOf = async (user: TestUser) => (await user.api("GET", "/api/auth/profile")).body.user.email;
/** Posts the form of the page that a link leads to, without a session. */
const postForm = (path: string, fields: Record<string, string> = {}): Promise<TestResponse> =>
  request(app.url, "POST", path, {
    body: new URLSearchParams(fields).toString(),
    headers: { "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded" },
  });

it("a new email takes effect when its link is opened, and the old address gets a mail before and after", async () => {
  const user = await createUser(app);
  const email = newEmail();
  const response = await user.api("PUT", "/api/auth/profile", { email, name: "Grace" });
  expect(response.status).toBe(200);
  expect(response.body).toStrictEqual({
    user: { ...USER_SHAPE, email: user.email, name: "Grace" },
    pending_email: email,
  });
  const { link } = await mail.mailTo(email);
  expect((await mail.mailTo(user.email)).text).toContain(email);
  const settings = await request(app.url, "GET", "/settings", { headers: { Cookie: user.cookie } });
  expect(settings.text).toContain(email);

  // A scanner of links opens it first.
  const page = await request(app.url, "GET", link);
  expect(page.text).toContain(email);
  expect(page.headers.get("Referrer-Policy")).toBe("strict-origin");
  expect(await emailOf(user)).toBe(user.email);
  const confirmed = await postForm(link);
  expect([confirmed.status, confirmed.headers.get("Location")]).toEqual([302, "/signin"]);
  expect(await emailOf(user)).toBe(email);
  expect((await mail.mailTo(user.email, /was changed/)).text).toContain(email);
  const [row] = await queryRows(app.databaseUrl, `select email_verified from "user" where id = $1`, [
    user.id,
  ]);
  expect(row.email_verified).toBe(true);

  const again = await postForm(link);
  expect(again.status).toBe(422);
  expect(again.text).toContain("expired or was used already");
  const events = app.log.filter((line) => line.includes(user.id) && line.includes("security event"));
  expect(events.map((line) => JSON.parse(line).event)).toEqual(["email_change_requested", "email_changed"]);
  for (const secret of [email, user.email, new URL(link, app.url).searchParams.get("token") ?? ""])
    expect(app.log.join("\n")).not.toContain(secret);
});

it("the page of a link that belongs to another account than the session says so", async () => {
  const [user, other] = [await createUser(app), await createUser(app)];
  const confirmWith = async (session: TestUser) => {
    const email = newEmail();
    await changeEmail(user, email);
    return session.form((await mail.mailTo(email)).link, {});
  };
  const [own, foreign] = [await confirmWith(user), await confirmWith(other)];
  const locations = [own, foreign].map(({ headers }) => headers.get("Location"));
  expect(locations).toEqual(["/settings", "/dashboard"]);
  const page = await request(app.url, "GET", "/dashboard", {
    headers: { Cookie: cookiesAfter(foreign, other.cookie) },
  });
  expect(page.text).toContain("The new email is saved. You&#x27;re signed in to another account.");
});

it("two confirmations with one link at once: one succeeds", async () => {
  const user = await createUser(app);
  const email = newEmail();
  await changeEmail(user, email);
  const { link } = await mail.mailTo(email);
  const responses = await Promise.all([postForm(link), postForm(link)]);
  expect(responses.map(({ status }) => status).sort()).toEqual([302, 422]);
  expect(await emailOf(user)).toBe(email);
});

it("a later request and a new password end the link of an earlier request", async () => {
  const user = await createUser(app);
  const [first, second] = [newEmail(), newEmail()];
  await changeEmail(user, first);
  await changeEmail(user, second);
  const links = [(await mail.mailTo(first)).link, (await mail.mailTo(second)).link];
  expect((await postForm(links[0] ?? "")).status).toBe(422);
  const change = { password: "a lighthouse by the sea", current_password: PASSWORD };
  expect((await user.api("PUT", "/api/auth/profile", change)).body).toStrictEqual({
    user: { ...USER_SHAPE, email: user.email, name: user.name },
  });
  expect((await mail.mailTo(user.email, /password was changed/)).text).toContain("/forgot-password");
  expect((await postForm(links[1] ?? "")).status).toBe(422);
  expect(await emailOf(user)).toBe(user.email);
});

describe.each(EMAIL_PROOFS)("a request for a new email by %s", (proof) => {
  const linksOf = ({ id }: TestUser) =>
    queryRows(app.databaseUrl, "select email from one_time_link where user_id = $1", [id]);

  it("stores no link if the password changes after the proof was checked", async () => {
    const owner = await changePasswordDuringEmailChange(app, proof);
    expect(await linksOf(owner)).toEqual([]);
  });

  it("has its link removed if the password changes while the link is stored", async () => {
    const intruder = await createUser(app);
    const owner = await insertSession(app, intruder);
    const change = await holdPasswordChange(app, owner);
    const held = await holdWrites(app.databaseUrl, "one_time_link", "true");
    const requested = requestEmail(intruder, proof);
    try {
      await held.untilHeld();
      await change.release();
      await held.untilRowAwaited();
    } finally {
      await held.release();
    }
    expect([(await requested).status, (await change.response).status]).toEqual([200, 200]);
    expect(await linksOf(owner)).toEqual([]);
  });
});

it("a link for a forgotten password ends when the email changes", async () => {
  const user = await createUser(app);
  const email = newEmail();
  const body = { email: user.email };
  expect((await request(app.url, "POST", "/api/auth/password-reset", { body })).status).toBe(202);
  const { token } = await mail.mailTo(user.email, /choose/i);
  await changeEmail(user, email);
  expect((await postForm((await mail.mailTo(email)).link)).status).toBe(302);
  const reset = { token, password: "a lighthouse by the sea" };
  const response = await request(app.url, "POST", "/api/auth/password-reset/confirm", { body: reset });
  expectError(response, 422, "VALIDATION_ERROR", ["token"]);
});

it("an address that another account has, or takes before the link is opened, is rejected", async () => {
  const [user, other] = [await createUser(app), await createUser(app)];
  expectError(await changeEmail(user, other.email), 400, "EMAIL_EXISTS", ["email"]);
  const email = newEmail();
  await changeEmail(user, email);
  const { link } = await mail.mailTo(email);
  await createUser(app, { email });
  const response = await postForm(link);
  expect(response.status).toBe(400);
  expect(response.text).toContain("already has an account");
  expect(await emailOf(user)).toBe(user.email);
});

it("a user can ask for five new emails per hour", async () => {
  const user = await createUser(app);
  for (let n = 0; n < 5; n += 1) expect((await changeEmail(user, newEmail())).status).toBe(200);
  expectError(await changeEmail(user, newEmail()), 429, "RATE_LIMITED");
});

it("deleting the account deletes its links", async () => {
  const user = await createUser(app);
  await changeEmail(user, newEmail());
  expectNoContent(await user.api("DELETE", "/api/auth/account", { password: PASSWORD }));
  expect(await queryRows(app.databaseUrl, "select from one_time_link where user_id = $1", [user.id])).toEqual(
    [],
  );
});

import { spawnSync } from "node:child_process";
import { createHash, randomInt, randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { builtServer } from "#app/ensure-build.js";
import type { AppServer } from "../support/app-server.ts";
import { expectError, expectNoContent } from "../support/assertions.ts";
import { type MailServer, startMailApp, startMailServer } from "../support/mail-server.ts";
import { queryRows } from "../support/sql.ts";
import { turnOnTotp } from "../support/totp.ts";
import { createUser, PASSWORD, request, type TestResponse, type TestUser } from "../support/users.ts";
import { waitUntil } from "../support/wait-until.ts";

const NEW_PASSWORD = "a lighthouse by the sea";
const REQUESTS_PER_MINUTE = 4;

let mail: MailServer;
let app: AppServer;
beforeAll(async () => {
  mail = await startMailServer();
  mail.behaviour = "hang";
  app = await startMailApp(mail, {
    TRUST_PROXY: "1",
    ACCESS_LOG: "true",
    RATE_LIMIT_AUTH_PER_MINUTE: String(REQUESTS_PER_MINUTE),
  });
});
afterAll(async () => {
  await app?.stop();
  await mail?.close();
});
afterEach(() => mail.accept());

const anyAddress = () => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;

const post = (path: string, body: unknown, address = anyAddress()): Promise<TestResponse> =>
  request(app.url, "POST", path, { body, headers: { "X-Forwarded-For": address } });

const requestReset = (email: string, address?: string) =>
  post("/api/auth/password-reset", { email }, address);
const confirmReset = (token: string, password = NEW_PASSWORD) =>
  post("/api/auth/password-reset/confirm", { token, password });

/** Has a link sent. @returns its token */
async function tokenFor({ email }: Pick<TestUser, "email">): Promise<string> {
  expect((await requestReset(email)).status).toBe(202);
  return (await mail.mailTo(email, /choose/i)).token;
}

const logLines = (text: string) => app.log.filter((line) => line.includes(text));

it("a mail server that cannot be used is logged at the start, which does not wait for it", async () => {
  await waitUntil(() => mail.connections > 0);
  mail.accept();
  await waitUntil(() => logLines("the mail server cannot be used").length === 1);
});

it("a link sets a new password once, ends all sessions and keeps the second factor", async () => {
  const user = await createUser(app);
  await turnOnTotp(user);
  const token = await tokenFor(user);
  const [stored] = await queryRows(
    app.databaseUrl,
    "select to_jsonb(l)::text as text, token_hash from one_time_link l where user_id = $1",
    [user.id],
  );
  expect(stored.token_hash).toEqual(createHash("sha256").update(token).digest());
  expect(stored.text).not.toContain(token);

  // A scanner of links opens it first.
  for (let visit = 0; visit < 2; visit += 1) {
    const page = await request(app.url, "GET", `/reset-password?token=${token}`);
    expect(page.status).toBe(200);
    expect(page.headers.get("Referrer-Policy")).toBe("strict-origin");
    expect(page.text).toContain("At least 8 characters.");
  }
  expectError(await confirmReset(token, "password"), 422, "VALIDATION_ERROR", ["password"]);
  expectNoContent(await confirmReset(token));
  expectError(await user.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
  expectError(await confirmReset(token), 422, "VALIDATION_ERROR", ["token"]);

  const signIn = (password: string) => post("/api/auth/signin", { email: user.email, password });
  expectError(await signIn(PASSWORD), 401, "INVALID_CREDENTIALS");
  expectError(await signIn(NEW_PASSWORD), 401, "TOTP_REQUIRED");
  const [row] = await queryRows(app.databaseUrl, `select email_verified from "user" where id = $1`, [
    user.id,
  ]);
  expect(row.email_verified).toBe(true);
  expect((await mail.mailTo(user.email, /was changed/)).text).toContain("If it wasn't you");
  await waitUntil(() => logLines('"route":"/reset-password"').length > 0);
  const log = app.log.join("\n");
  for (const event of ["password_reset_requested", "password_reset"])
    expect(logLines(`"event":"${event}","user":"${user.id}"`)).toHaveLength(1);
  for (const secret of [token, user.email, NEW_PASSWORD]) expect(log).not.toContain(secret);
});

it("requests for a link are limited per IPv6 /48 too", async () => {
  const requestFrom = (network: number) => requestReset("unknown@example.org", `2001:db8:5:${network}::1`);
  for (let network = 0; network < 4; network++)
    for (let sent = 0; sent < REQUESTS_PER_MINUTE; sent++)
      expect((await requestFrom(network)).status).toBe(202);
  expectError(await requestFrom(4), 429, "RATE_LIMITED");
});

it("the answer is the same for an unknown address, and does not wait for the look-up of the account", async () => {
  const user = await createUser(app);
  const client = new pg.Client({ connectionString: app.databaseUrl });
  await client.connect();
  const answers: unknown[] = [];
  try {
    // Every read of an account waits for this lock.
    await client.query(`begin; lock table "user", account, one_time_link in access exclusive mode`);
    for (const email of [user.email, `x${user.email}`]) {
      for (const path of ["/api/auth/password-reset", "/forgot-password"]) {
        const body = path.startsWith("/api") ? { email } : new URLSearchParams({ email }).toString();
        const response = await request(app.url, "POST", path, {
          body,
          headers: {
            "X-Forwarded-For": anyAddress(),
            "Sec-Fetch-Site": "same-origin",
            ...(typeof body === "string" && { "Content-Type": "application/x-www-form-urlencoded" }),
          },
        });
        const varying = /^(date|x-request-id|content-security-policy)$/;
        const headers = [...response.headers].filter(([name]) => !varying.test(name));
        answers.push({ path, status: response.status, text: response.text, headers });
      }
    }
  } finally {
    await client.query("rollback");
    await client.end();
  }
  expect(answers.slice(2)).toEqual(answers.slice(0, 2));
  expect(answers).toMatchObject([
    { status: 202, text: "" },
    { status: 302, headers: expect.arrayContaining([["location", "/forgot-password/sent"]]) },
    {},
    {},
  ]);
  await mail.mailTo(user.email);
  await waitUntil(() => mail.mails.filter(({ to }) => to.includes(user.email)).length === 2);
  expect(mail.mails.filter(({ to }) => to.includes(`x${user.email}`))).toEqual([]);
});

it("a new password ends a setup of two-step sign-in, because an intruder may know its secret", async () => {
  const user = await createUser(app);
  await user.api("POST", "/api/auth/totp", { password: PASSWORD });
  expectNoContent(await confirmReset(await tokenFor(user)));
  const rows = await queryRows(app.databaseUrl, "select 1 from totp where user_id = $1", [user.id]);
  expect(rows).toEqual([]);
});

it("two confirmations with one link at once: one succeeds", async () => {
  const user = await createUser(app);
  const token = await tokenFor(user);
  const responses = await Promise.all(
    ["one lantern", "two lanterns"].map((text) => confirmReset(token, text)),
  );
  expect(responses.map(({ status }) => status).sort()).toEqual([204, 422]);
});

it("links that have expired, are unknown, or belong to an earlier email do not work", async () => {
  const [expired, moved] = [await createUser(app), await createUser(app)];
  const tokens = [await tokenFor(expired), await tokenFor(moved), "", "x".repeat(43), "a\tb"];
  await queryRows(
    app.databaseUrl,
    "update one_time_link set expires_at = now() - interval '1 second' where user_id = $1",
    [expired.id],
  );
  await queryRows(app.databaseUrl, `update "user" set email = $2 where id = $1`, [
    moved.id,
    `${randomUUID()}@example.org`,
  ]);
  for (const token of tokens) {
    expectError(await confirmReset(token), 422, "VALIDATION_ERROR", ["token"]);
    const page = await request(app.url, "GET", `/reset-password?token=${encodeURIComponent(token)}`);
    expect(page.text).toContain("This link has expired or was used already.");
    expect(page.text).not.toContain('name="password"');
  }
});

it("a mailbox gets at most five links per hour, and requests beyond that are answered the same", async () => {
  const { email } = await createUser(app);
  for (let n = 0; n < 6; n += 1) expect((await requestReset(email)).status).toBe(202);
  await waitUntil(() => logLines('"limit":"mail"').length === 1);
  await waitUntil(() => mail.mails.filter(({ to }) => to.includes(email)).length === 5);
});

it("a network can request as many links per minute as it can try passwords", async () => {
  const address = anyAddress();
  for (let n = 0; n < REQUESTS_PER_MINUTE; n += 1)
    expect((await requestReset(`${randomUUID()}@example.org`, address)).status).toBe(202);
  expectError(await requestReset(`${randomUUID()}@example.org`, address), 429, "RATE_LIMITED");
});

describe("with a mail server that fails", () => {
  it("a mail that is refused for now is sent again", async () => {
    const { email } = await createUser(app);
    mail.behaviour = "refuse for now";
    expect((await requestReset(email)).status).toBe(202);
    await waitUntil(() => logLines("mail not sent, trying again").length > 0);
    mail.accept();
    await mail.mailTo(email);
    expect(app.log.join("\n")).not.toContain(email);
  });

  it("a mail that is refused for good is logged once, without the address", async () => {
    const { email } = await createUser(app);
    const before = logLines("mail not sent").length;
    mail.behaviour = "refuse for good";
    expect((await requestReset(email)).status).toBe(202);
    await waitUntil(() => logLines('"responseCode":550').length === 1);
    mail.accept();
    expect(logLines("mail not sent")).toHaveLength(before + 1);
    expect(app.log.join("\n")).not.toContain(email);
  });

  it("requests are answered while the mail server hangs, and the mail follows", async () => {
    const { email } = await createUser(app);
    const before = mail.connections;
    mail.behaviour = "hang";
    expect((await requestReset(email)).status).toBe(202);
    await waitUntil(() => mail.connections > before);
    expect((await request(app.url, "GET", "/health")).status).toBe(200);
    mail.accept();
    await mail.mailTo(email);
  });
});

describe("tock user reset-password", () => {
  const cli = (...args: string[]) =>
    spawnSync(process.execPath, [join(dirname(builtServer), "cli.js"), "user", ...args], {
      env: { ...process.env, DATABASE_URL: app.databaseUrl, APP_URL: app.url },
      encoding: "utf8",
    });

  it("prints a link that works once, and does not prove access to the mailbox", async () => {
    const user = await createUser(app);
    const { stdout, stderr, status } = cli("reset-password", ` ${user.email.toUpperCase()}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [, token = ""] =
      stdout.match(/^http:\/\/127\.0\.0\.1:\d+\/reset-password\?token=([\w-]{43})$/m) ?? [];
    expect((await user.api("GET", "/api/tasks")).status).toBe(200);
    expectNoContent(await confirmReset(token));
    expectError(await confirmReset(token), 422, "VALIDATION_ERROR", ["token"]);
    expectError(await user.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    const [row] = await queryRows(app.databaseUrl, `select email_verified from "user" where id = $1`, [
      user.id,
    ]);
    expect(row.email_verified).toBe(false);
  });

  it("names an address without an account, and a wrong command line", () => {
    for (const [args, line] of [
      [
        ["reset-password", "unknown@example.org"],
        "user:reset-password: no account has the email unknown@example.org",
      ],
      [["reset-password"], "user:reset-password: Enter your email"],
      [["reset-password", "ada"], "user:reset-password: Enter an address like name@example.org"],
      [["remove"], 'user:remove: unknown command "user remove"'],
    ] as const) {
      const { stderr, status } = cli(...args);
      expect([stderr.split("\n")[0], status]).toEqual([line, 1]);
    }
  });
});

it("a shutdown sends the mails that wait", async () => {
  const { email } = await createUser(app);
  mail.behaviour = "refuse for now";
  const before = logLines("mail not sent, trying again").length;
  expect((await requestReset(email)).status).toBe(202);
  await waitUntil(() => logLines("mail not sent, trying again").length > before);
  mail.accept();
  expect(await app.stop()).toBe(0);
  expect(mail.mails.filter(({ to }) => to.includes(email))).toHaveLength(1);
  expect(logLines("lost at shutdown")).toEqual([]);
});

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp } from "../support/app-server.ts";
import { expectApiHeaders, expectError, expectNoContent, ISO_TIME, UUID } from "../support/assertions.ts";
import { claimsOf } from "../support/forge-credentials.ts";
import { queryRows } from "../support/sql.ts";
import { cookieOf, createUser, PASSWORD, request, signIn, type TestUser } from "../support/users.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1";

let tock: AppServer;
let ann: TestUser;
beforeAll(async () => {
  tock = await startApp({ TRUST_PROXY: "1" });
  ann = await createUser(tock);
});
afterAll(() => tock?.stop());

const idOf = (person: TestUser): string => claimsOf(person.token).sid;
const list = async (person: TestUser) => (await person.api("GET", "/api/auth/sessions")).body.sessions;
const idsOf = async (person: TestUser) => (await list(person)).map(({ id }: { id: string }) => id).sort();
const alive = async (person: TestUser) => (await person.api("GET", "/api/auth/profile")).status === 200;
const ago = (person: TestUser, by: string) =>
  queryRows(tock.databaseUrl, "update session set last_used_at = now() - $2::interval where id = $1", [
    idOf(person),
    by,
  ]);
const from = (address: string, userAgent: string) => ({
  "X-Forwarded-For": address,
  "User-Agent": userAgent,
});

async function signInFrom(address: string, userAgent: string): Promise<string> {
  const body = { email: ann.email, password: PASSWORD };
  const answer = await request(tock.url, "POST", "/api/auth/signin", {
    body,
    headers: from(address, userAgent),
  });
  return answer.body.token;
}

describe.each([
  ["by Bearer token", "api"],
  ["by cookie", "viaCookie"],
] as const)("somebody's sessions %s", (_, via) => {
  it("are listed: this one first, then what was used last; device and address, and no token", async () => {
    const here = await createUser(tock);
    const [phone, desk] = [await signIn(tock.url, here.email), await signIn(tock.url, here.email)];
    await ago(phone, "2 days");
    await ago(here, "3 days");
    const answer = await here[via]("GET", "/api/auth/sessions");
    expect(answer.status).toBe(200);
    expectApiHeaders(answer);
    const session = (person: TestUser, current: boolean) => ({
      id: idOf(person),
      device: "node",
      address: "127.0.0.1",
      created_at: expect.stringMatching(ISO_TIME),
      last_used_at: expect.stringMatching(ISO_TIME),
      expires_at: expect.stringMatching(ISO_TIME),
      current,
    });
    expect(answer.body).toStrictEqual({
      sessions: [session(here, true), session(desk, false), session(phone, false)],
    });
    const tokens = await queryRows(tock.databaseUrl, "select token from session where user_id = $1", [
      here.id,
    ]);
    for (const { token } of tokens) expect(answer.text).not.toContain(token);
  });

  it("are ended one by one: that token is dead everywhere, at once, and no other one is", async () => {
    const here = await createUser(tock);
    const [gone, stays] = [await signIn(tock.url, here.email), await signIn(tock.url, here.email)];
    const answer = await here[via]("DELETE", `/api/auth/sessions/${idOf(gone).toUpperCase()}`);
    expectNoContent(answer);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expectError(await gone.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectError(await gone.viaCookie("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expect(await idsOf(here)).toEqual([idOf(here), idOf(stays)].sort());
    expectError(await here[via]("DELETE", `/api/auth/sessions/${idOf(gone)}`), 404, "NOT_FOUND");
  });

  it("are all ended but this one", async () => {
    const here = await createUser(tock);
    const others = [await signIn(tock.url, here.email), await signIn(tock.url, here.email)];
    expectNoContent(await here[via]("DELETE", "/api/auth/sessions"));
    expect(await idsOf(here)).toEqual([idOf(here)]);
    for (const other of others) expectError(await other.api("GET", "/api/tasks"), 401, "AUTH_INVALID");
    expectNoContent(await here[via]("DELETE", "/api/auth/sessions"));
    expect(await alive(here)).toBe(true);
    expect(await alive(ann)).toBe(true);
  });

  it("this one, ended, is a sign-out that takes the cookie away", async () => {
    const here = await signIn(tock.url, ann.email);
    const answer = await here[via]("DELETE", `/api/auth/sessions/${idOf(here)}`);
    expectNoContent(answer);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^tock=;.*(Max-Age=0|Expires=Thu, 01 Jan 1970)/),
    ]);
    expectError(await here[via]("GET", "/api/auth/sessions"), 401, "AUTH_INVALID");
  });

  it("of somebody else, unknown ones, and what is no id are 404, and nothing changes", async () => {
    const bob = await createUser(tock);
    const before = await queryRows(tock.databaseUrl, "select * from session order by id");
    const answers = [];
    for (const id of [idOf(ann), randomUUID()])
      answers.push(await bob[via]("DELETE", `/api/auth/sessions/${id}`));
    for (const answer of answers) expectError(answer, 404, "NOT_FOUND");
    expect(answers[0]?.text).toBe(answers[1]?.text);
    for (const id of ["1", "current", "%00", `${idOf(bob)}x`, `${idOf(bob)},${idOf(ann)}`, "a".repeat(500)])
      expectError(await bob[via]("DELETE", `/api/auth/sessions/${id}`), 404, "NOT_FOUND");
    for (const method of ["POST", "PUT", "PATCH"])
      expectError(await bob[via](method, "/api/auth/sessions"), 405, "METHOD_NOT_ALLOWED");
    const answer = await bob[via]("GET", `/api/auth/sessions/${idOf(bob)}`);
    expectError(answer, 405, "METHOD_NOT_ALLOWED");
    expect(answer.headers.get("Allow")).toBe("DELETE");
    expect(await queryRows(tock.databaseUrl, "select * from session order by id")).toEqual(before);
  });
});

it("sessions that have run out are not listed", async () => {
  const here = await createUser(tock);
  const old = await signIn(tock.url, here.email);
  await queryRows(tock.databaseUrl, "update session set expires_at = now() where id = $1", [idOf(old)]);
  expect(await idsOf(here)).toEqual([idOf(here)]);
});

describe("the last use of a session", () => {
  const stored = async (id: string) =>
    (
      await queryRows(
        tock.databaseUrl,
        "select xmin::text, ip_address, user_agent, now() - last_used_at < interval '1 minute' as fresh from session where id = $1",
        [id],
      )
    )[0];

  it("starts as the sign-in, and follows the one who uses it: when, from where, by what", async () => {
    const token = await signInFrom("198.51.100.1", FIREFOX);
    const id = claimsOf(token).sid;
    const told = async () => (await list(ann)).find((session: { id: string }) => session.id === id);
    expect(await told()).toMatchObject({ device: "Firefox on Linux", address: "198.51.100.1" });

    const use = (headers: Record<string, string>) =>
      request(tock.url, "GET", "/api/auth/profile", {
        headers: { Authorization: `Bearer ${token}`, ...headers },
      });
    await queryRows(
      tock.databaseUrl,
      "update session set last_used_at = now() - interval '6 minutes' where id = $1",
      [id],
    );
    expect((await use(from("::ffff:198.51.100.2", PHONE))).status).toBe(200);
    await expect.poll(told).toMatchObject({ device: "Safari on iPhone", address: "198.51.100.2" });
    expect((await stored(id)).fresh).toBe(true);
  });

  it("is written once in five minutes, not with every request", async () => {
    const here = await createUser(tock);
    const id = idOf(here);
    await ago(here, "4 minutes");
    const before = await stored(id);
    for (let n = 0; n < 5; n++) await here.api("GET", "/api/tasks");
    expect(await stored(id)).toEqual(before);

    await ago(here, "6 minutes");
    await Promise.all(Array.from({ length: 20 }, () => here.api("GET", "/api/tasks")));
    await expect.poll(async () => (await stored(id)).fresh).toBe(true);
    const after = await stored(id);
    for (let n = 0; n < 5; n++) await here.viaCookie("GET", "/api/tasks");
    expect(await stored(id)).toEqual(after);
  });

  it("that cannot be written fails no request", async () => {
    const here = await createUser(tock);
    await queryRows(
      tock.databaseUrl,
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger refuse before update of last_used_at on session for each row execute function refuse()`,
    );
    try {
      await queryRows(
        tock.databaseUrl,
        `alter table session disable trigger refuse; update session set last_used_at = now() - interval '1 hour' where id = '${idOf(here)}'; alter table session enable trigger refuse`,
      );
      for (let n = 0; n < 3; n++) expect(await alive(here)).toBe(true);
      expect((await stored(idOf(here))).fresh).toBe(false);
    } finally {
      await queryRows(tock.databaseUrl, "drop function refuse cascade");
    }
    expect(tock.process.exitCode).toBeNull();
  });
});

describe("the settings page", () => {
  const post = (cookie: string, fields: Record<string, string>) =>
    request(tock.url, "POST", "/settings", {
      body: new URLSearchParams(fields).toString(),
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Cookie: cookie,
        "Sec-Fetch-Site": "same-origin",
      },
    });
  const visit = (path: string, cookie: string) =>
    request(tock.url, "GET", path, { headers: { Cookie: cookie } });

  it("ends one, and refuses what is not there or not hers", async () => {
    const here = await createUser(tock);
    const other = await signIn(tock.url, here.email);
    const page = await visit("/settings", here.cookie);
    expect(page.text).toContain("This device");
    expect(page.text).toContain(idOf(other));
    for (const id of [idOf(ann), randomUUID(), "x", ""])
      expect((await post(here.cookie, { intent: "end-session", id })).status).toBe(404);
    expect(await alive(ann)).toBe(true);

    const answer = await post(here.cookie, { intent: "end-session", id: idOf(other) });
    expect([answer.status, answer.headers.get("Location")]).toEqual([302, "/settings"]);
    expect(await alive(other)).toBe(false);
    const cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    expect((await visit("/settings", cookie)).text).toContain("Session ended.");
  });

  it("ends this one: signed out, and told so", async () => {
    const here = await createUser(tock);
    const answer = await post(here.cookie, { intent: "end-session", id: idOf(here) });
    expect([answer.status, answer.headers.get("Location")]).toEqual([302, "/"]);
    const cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const landing = await visit("/", cookie);
    expect(landing.text).toContain("You are signed out.");
    expect(landing.text).toContain("Sign up");
    expect(await alive(here)).toBe(false);
  });

  it("ends all others", async () => {
    const here = await createUser(tock);
    const other = await signIn(tock.url, here.email);
    expect((await post(here.cookie, { intent: "end-others" })).status).toBe(302);
    expect([await alive(here), await alive(other)]).toEqual([true, false]);
  });

  it("shows twenty, and how many more there are", async () => {
    const here = await createUser(tock);
    await queryRows(
      tock.databaseUrl,
      "insert into session (user_id, token, expires_at) select $1, gen_random_uuid(), now() + interval '1 day' from generate_series(1, 30)",
      [here.id],
    );
    const page = await visit("/settings", here.cookie);
    expect(page.text.match(/End session/g)).toHaveLength(19);
    expect(page.text.replaceAll("<!-- -->", "")).toContain("And 11 more");
    expect(page.text).toContain("An unknown device");
  });
});

describe("a sign-in", () => {
  it("opens a new session, and ends the one of the cookie that came along", async () => {
    const here = await createUser(tock);
    const elsewhere = await signIn(tock.url, here.email);
    const answer = await request(tock.url, "POST", "/api/auth/signin", {
      body: { email: here.email, password: PASSWORD },
      headers: { Cookie: here.cookie, "Sec-Fetch-Site": "same-origin" },
    });
    expect(answer.status).toBe(200);
    expect(claimsOf(answer.body.token).sid).not.toBe(idOf(here));
    expect(cookieOf(answer)).not.toBe(here.cookie);
    expect([await alive(here), await alive(elsewhere)]).toEqual([false, true]);
  });

  it("that fails ends none, and a cookie that is no good is in nobody's way", async () => {
    const here = await createUser(tock);
    const again = (password: string, cookie: string) =>
      request(tock.url, "POST", "/api/auth/signin", {
        body: { email: here.email, password },
        headers: { Cookie: cookie, "Sec-Fetch-Site": "same-origin" },
      });
    expectError(await again("not her password", here.cookie), 401, "INVALID_CREDENTIALS");
    expect((await again(PASSWORD, `${here.cookie.slice(0, -4)}AAAA`)).status).toBe(200);
    expect(await alive(here)).toBe(true);
  });

  it("beyond a hundred sessions ends those that were used longest ago", async () => {
    const here = await createUser(tock);
    await queryRows(
      tock.databaseUrl,
      `insert into session (user_id, token, expires_at, last_used_at)
       select $1, gen_random_uuid(), now() + interval '1 day', now() - n * interval '1 minute' from generate_series(1, 150) n`,
      [here.id],
    );
    const next = await signIn(tock.url, here.email);
    expect(await list(next)).toHaveLength(100);
    expect([await alive(here), await alive(next)]).toEqual([true, true]);
    const [oldest] = await queryRows(
      tock.databaseUrl,
      "select now() - min(last_used_at) < interval '100 minutes' as recent from session where user_id = $1",
      [here.id],
    );
    expect(oldest.recent).toBe(true);
  });
});

it("a password for a proxy in front stands in nobody's way: beside it the cookie counts, alone it is nothing", async () => {
  const Authorization = `Basic ${btoa("ann:secret")}`;
  const rights = { Authorization, Cookie: ann.cookie };
  const ask = (headers: Record<string, string>) => request(tock.url, "GET", "/api/auth/profile", { headers });
  expect((await ask(rights)).status).toBe(200);
  expectError(await ask({ Authorization }), 401, "UNAUTHORIZED");
  expectError(await ask({ ...rights, Authorization: "Bearer nonsense" }), 401, "UNAUTHORIZED");
  const change = (site: string) =>
    request(tock.url, "PUT", "/api/auth/profile", {
      body: { name: "Ada" },
      headers: { ...rights, "Sec-Fetch-Site": site },
    });
  expectError(await change("cross-site"), 403, "FORBIDDEN");
  expect((await change("same-origin")).status).toBe(200);
});

it("an id tells nobody anything: it is a random uuid, and no token", async () => {
  expect(idOf(ann)).toMatch(UUID);
  expectError(
    await request(tock.url, "GET", "/api/tasks", { headers: { Authorization: `Bearer ${idOf(ann)}` } }),
    401,
    "UNAUTHORIZED",
  );
});

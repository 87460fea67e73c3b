import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { countLockWaits } from "../support/lock-waits.ts";
import { hasRedis, type RedisServer, startRedis } from "../support/redis-server.ts";
import { queryRows } from "../support/sql.ts";
import { createTestDatabase, runtimeUrlOf } from "../support/test-database.ts";
import {
  cookieOf,
  createUser,
  deviceCookieOf,
  PASSWORD,
  request,
  type TestResponse,
} from "../support/users.ts";

/** The longest that a request waits for Redis. */
const COMMAND_TIMEOUT_MS = 300;
const LIMITS = { RATE_LIMIT_AUTH_PER_MINUTE: "5", RATE_LIMIT_TASKS_PER_MINUTE: "100" };

/** App servers behind one trusted proxy, so that a test can choose the client address. All use one database. */
let instances: AppServer[] = [];
let app: AppServer;
const startAnother = () =>
  startApp({ ...LIMITS, ...WITHOUT_COVERAGE, TRUST_PROXY: "1", DATABASE_URL: app.databaseUrl });
beforeAll(async () => {
  app = await startApp({ ...LIMITS, TRUST_PROXY: "1" });
  instances = [app, ...(await Promise.all([startAnother(), startAnother(), startAnother()]))];
});
afterAll(async () => {
  const [first, ...others] = instances;
  await Promise.all(others.map((instance) => instance.stop()));
  await first?.stop();
});

let addressCount = 0;
/** A client address that no other test uses. */
const newAddress = () => `198.51.100.${++addressCount}`;
const from = (address: string) => ({ "X-Forwarded-For": address });
const api = (base: string, path: string, body: unknown, headers: Record<string, string>) =>
  request(base, "POST", `/api/auth/${path}`, { body, headers });
const form = (
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string>,
  base = app.url,
) =>
  request(base, "POST", path, {
    body: new URLSearchParams(fields).toString(),
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
  });

interface User {
  id: string;
  email: string;
  cookie: Record<string, string>;
  bearer: Record<string, string>;
}
async function newUser(base = app.url): Promise<User> {
  const email = `${randomUUID()}@example.org`;
  const response = await api(base, "signup", { email, name: "Ada", password: PASSWORD }, from(newAddress()));
  const { user, token } = response.body;
  const cookie = { Cookie: cookieOf(response), "Sec-Fetch-Site": "same-origin" };
  return { id: user.id, email, cookie, bearer: { Authorization: `Bearer ${token}` } };
}

/** An attempt without the cost of a hash: the address already has an account. */
const TAKEN = { email: "taken@example.org", name: "Ada", password: PASSWORD };
const attempt = (headers: Record<string, string>, base = app.url) => api(base, "signup", TAKEN, headers);
const exhaust = (address: string) =>
  Promise.all(Array.from({ length: 5 }, () => attempt(from(address)))).then((responses) =>
    expect(statuses(responses)).toEqual({ 400: 5 }),
  );
beforeAll(async () => {
  await api(app.url, "signup", TAKEN, from(newAddress()));
});

const statuses = (responses: { status: number }[]) => {
  const count: Record<number, number> = {};
  for (const { status } of responses) count[status] = (count[status] ?? 0) + 1;
  return count;
};

function expectRateLimited(response: TestResponse, limit = 5): number {
  const seconds = Number(response.headers.get("Retry-After"));
  expect(response.status).toBe(429);
  expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
  expect([
    response.headers.get("RateLimit-Limit"),
    response.headers.get("RateLimit-Remaining"),
    response.headers.get("RateLimit-Reset"),
  ]).toEqual([`${limit}`, "0", `${seconds}`]);
  if (response.body) {
    expectError(response, 429, "RATE_LIMITED");
    expect(response.body.error.message).toContain(` Try again in ${seconds} second`);
  } else {
    // The HTML itself contains the message, not only the data of its script.
    const visible = response.text.startsWith("<!DOCTYPE")
      ? response.text.replace(/<script.*/s, "")
      : response.text;
    expect(visible).toContain(` Try again in ${seconds} second`);
  }
  return seconds;
}

const loggedRejections = (key: string, servers = instances) =>
  servers
    .flatMap(({ log }) => log)
    .filter((line) => line.includes("rate limit exceeded") && line.includes(`"${key}"`));

describe("password attempts", () => {
  const failSignIn = (base: string, address: string) =>
    api(base, "signin", { email: "unknown@example.org", password: "a wrong one" }, from(address));

  // More at once than the queue for hashing has places would be rejected by its limit.
  it.each([
    ["one process", 1],
    ["four processes", 4],
  ])("allow exactly 5 of 30 concurrent attempts from one address across %s", async (_, processes) => {
    const address = newAddress();
    const responses = await Promise.all(
      Array.from({ length: 30 }, (_, n) => failSignIn(instances[n % processes]?.url ?? "", address)),
    );
    expect(statuses(responses)).toEqual({ 401: 5, 429: 25 });
    for (const response of responses) if (response.status === 429) expectRateLimited(response);
    expect(loggedRejections(address)).toHaveLength(1);
    expect(JSON.parse(loggedRejections(address)[0] ?? "")).toMatchObject({
      level: "warn",
      limit: "password",
      address,
    });
    expect(instances.flatMap(({ log }) => log).join("\n")).not.toContain("unknown@example.org");
  });

  it("stay counted after a restart", async () => {
    const address = newAddress();
    await exhaust(address);
    const restarted = await startAnother();
    try {
      expectRateLimited(await attempt(from(address), restarted.url));
    } finally {
      await restarted.stop();
    }
  });

  const moveWindow = (address: string, interval: string) =>
    queryRows(
      app.databaseUrl,
      "update rate_limit set expires_at = expires_at + $2::interval where key like $1",
      [`%:${address}`, interval],
    );

  it("are allowed again after a minute, and not earlier", async () => {
    const address = newAddress();
    for (let n = 0; n < 4; n++) expect((await attempt(from(address))).status).toBe(400);
    await moveWindow(address, "-40 seconds");
    expect((await attempt(from(address))).status).toBe(400);
    // The second instance has not rejected this address yet, so it reads the count from the database.
    expect(expectRateLimited(await attempt(from(address), instances[1]?.url))).toBeLessThanOrEqual(20);
    await moveWindow(address, "-20 seconds");
    await exhaust(address);
    expectRateLimited(await attempt(from(address)));
  });

  it("begin a new window after the clock of the database was set back", async () => {
    const address = newAddress();
    // The second number of milliseconds does not fit into an integer.
    for (const ahead of ["2 hours", "40 days"]) {
      for (let n = 0; n < 4; n++) expect((await attempt(from(address))).status).toBe(400);
      await moveWindow(address, ahead);
    }
    await exhaust(address);
    expectRateLimited(await attempt(from(address)));
  });

  it("of sign-up, sign-in, password change and account deletion share one count, by API and by page", async () => {
    const alice = await newUser();
    const address = newAddress();
    const headers = { ...alice.cookie, ...from(address) };
    const wrong = { email: alice.email, password: "a wrong one" };
    const change = { current_password: "a wrong one", password: "another good one" };
    const deletion = { password: "a wrong one" };
    const attempts = [
      () => attempt(from(address)),
      () => api(app.url, "signin", wrong, from(address)),
      () => form("/signin", { intent: "signin", ...wrong }, from(address)),
      () => form("/signup", { intent: "signup", ...TAKEN }, from(address)),
      () => request(app.url, "PUT", "/api/auth/profile", { body: change, headers }),
      () => form("/settings", { intent: "password", ...change }, headers),
      () => request(app.url, "DELETE", "/api/auth/account", { body: deletion, headers }),
      () => form("/settings", { intent: "delete-account", ...deletion }, headers),
    ];

    // None of these requests reaches a password check.
    const uncounted = [
      await api(app.url, "signin", { email: "no address", password: "x" }, from(address)),
      await api(app.url, "signup", { ...TAKEN, password: "password" }, from(address)),
      await form("/signin", { intent: "signin", email: "", password: "" }, from(address)),
      await form("/settings", { intent: "password", ...change, password: "short" }, headers),
      await request(app.url, "PUT", "/api/auth/profile", { body: { name: "Grace" }, headers }),
      await form("/settings", { intent: "profile", name: "Grace", email: alice.email }, headers),
      await form("/settings", { intent: "delete-account", password: "" }, headers),
      await form("/settings", { intent: "end-others" }, headers),
    ];
    expect(statuses(uncounted)).toEqual({ 200: 1, 302: 2, 422: 5 });

    const responses: TestResponse[] = [];
    for (const send of attempts.slice(3)) responses.push(await send());
    expect(responses.map(({ status }) => status)).toEqual([400, 401, 401, 401, 401]);
    for (const send of attempts) expectRateLimited(await send());
    expect(loggedRejections(address)).toHaveLength(1);

    expect((await request(app.url, "GET", "/settings", { headers })).status).toBe(200);
    const other = { ...alice.cookie, ...from(newAddress()) };
    expect((await form("/settings", { intent: "password", ...change }, other)).status).toBe(401);
  });

  it("rejected on a page keep the form values except passwords and state the wait", async () => {
    const alice = await newUser();
    const address = newAddress();
    await exhaust(address);
    const values = { email: "typed@example.org", name: "Ada & Co", password: "typed secret" };
    for (const path of ["/signin", "/signup"]) {
      const { name, ...signInValues } = values;
      const fields = { intent: path.slice(1), ...(path === "/signup" ? values : signInValues) };
      const page = await form(path, fields, from(address));
      expectRateLimited(page);
      expect(page.headers.get("Content-Type")).toContain("text/html");
      expect(page.text).toContain('value="typed@example.org"');
      if (path === "/signup") expect(page.text).toContain('value="Ada &amp; Co"');
      expect(page.text).not.toContain("typed secret");
    }
    const change = { intent: "password", current_password: PASSWORD, password: "typed secret" };
    const settings = await form("/settings", change, { ...alice.cookie, ...from(address) });
    expectRateLimited(settings);
    expect(settings.text).not.toContain("typed secret");
    expect(settings.text).toMatch(/aria-label="Password"[^>]*>(?:(?!<\/form>).)*role="alert"/s);
  });

  it("rejected in a single-fetch request keep the form values and the headers", async () => {
    const address = newAddress();
    await exhaust(address);
    const fields = { intent: "signin", email: "typed@example.org", password: "typed secret" };
    const response = await form("/signin.data", fields, from(address));
    expectRateLimited(response);
    expect(response.text).toContain("typed@example.org");
    expect(response.text).not.toContain("typed secret");
  });
});

/**
 * Sends requests, of which those that get a place in the queue wait for a lock until more than 40 others have been answered.
 * @param whenFull runs before the lock is released
 */
async function whileRateLimitsAreLocked(
  databaseUrl: string,
  send: () => Promise<TestResponse>[],
  whenFull = async () => {},
): Promise<TestResponse[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  let sent: Promise<TestResponse>[] = [];
  let answered = 0;
  try {
    await client.query("begin; lock table rate_limit in exclusive mode");
    sent = send();
    for (const one of sent) void one.then(() => answered++);
    await expect.poll(() => answered).toBeGreaterThan(40);
    await expect.poll(async () => answered + (await countLockWaits(databaseUrl))).toBe(sent.length);
    await whenFull();
  } finally {
    await client.end();
  }
  return Promise.all(sent);
}

/** For servers whose statements wait for that lock. */
async function createLockableDatabase() {
  const database = await createTestDatabase({ template: process.env.TEST_DATABASE_TEMPLATE ?? "" });
  // The waits for the lock may last longer than the time limits of the pool, which parameters of the URL replace.
  const url = `${runtimeUrlOf(database.url)}?statement_timeout=60000&query_timeout=60000`;
  return { database, env: { ...WITHOUT_COVERAGE, TRUST_PROXY: "1", DATABASE_URL: url, DB_POOL_MAX: "50" } };
}

it("sign-ins beyond the hash queue get RateLimit headers, and use up no attempt of their address", async () => {
  const { database, env } = await createLockableDatabase();
  const strict = await startApp({ ...env, RATE_LIMIT_AUTH_PER_MINUTE: "1" });
  try {
    // Its hash has the lowest cost.
    const { email } = await createUser({ url: strict.url, databaseUrl: database.url });
    const fail = (address: string) =>
      api(strict.url, "signin", { email, password: "a wrong one" }, from(address));
    const addresses = Array.from({ length: 80 }, (_, n) => `203.0.113.${n}`);
    const responses = await whileRateLimitsAreLocked(database.url, () => addresses.map(fail));
    const rejected = addresses.filter((_, n) => responses[n]?.status === 429);
    expect(rejected.length).toBeGreaterThan(40);
    for (const response of responses) {
      if (response.status !== 429) continue;
      expectError(response, 429, "RATE_LIMITED");
      expect(response.headers.get("Retry-After")).toBe("5");
      expect(response.headers.get("RateLimit-Limit")).toMatch(/^\d+$/);
      expect(response.headers.get("RateLimit-Remaining")).toBe("0");
      expect(response.headers.get("RateLimit-Reset")).toBe("5");
    }
    for (const address of rejected.slice(0, 3)) expect((await fail(address)).status).toBe(401);
  } finally {
    await strict.stop();
    await database.drop();
  }
});

it("a known device signs in while new devices occupy all places of the hash queue that are not reserved", async () => {
  const { database, env } = await createLockableDatabase();
  const server = await startApp(env);
  try {
    const [owner, other] = await Promise.all(
      [1, 2].map(() => createUser({ url: server.url, databaseUrl: database.url })),
    );
    const signIn = (email = "", password = PASSWORD, headers = {}) =>
      api(server.url, "signin", { email, password }, { ...from(newAddress()), ...headers });
    const Cookie = deviceCookieOf(await signIn(owner?.email));
    let known: Promise<TestResponse> | undefined;
    const flood = () => Array.from({ length: 80 }, () => signIn(other?.email, "a wrong one"));
    await whileRateLimitsAreLocked(database.url, flood, async () => {
      const waits = await countLockWaits(database.url);
      known = signIn(owner?.email, PASSWORD, { Cookie, "Sec-Fetch-Site": "same-origin" });
      let isRejected = false;
      void known.then(() => {
        isRejected = true;
      });
      const isAccepted = async () => (await countLockWaits(database.url)) > waits;
      await expect.poll(async () => isRejected || (await isAccepted())).toBe(true);
    });
    expect((await known)?.status).toBe(200);
  } finally {
    await server.stop();
    await database.drop();
  }
});

it("email changes have a limit like sign-up, by API and by page, because the response reveals accounts", async () => {
  const alice = await newUser();
  const headers = { ...alice.cookie, ...from(newAddress()) };
  const change = (email: string) =>
    request(app.url, "PUT", "/api/auth/profile", { body: { email }, headers });
  const changeOnPage = (email: string) =>
    form("/settings", { intent: "profile", name: "Ada", email, current_password: PASSWORD }, headers);
  for (let n = 0; n < 3; n++) expect((await change(TAKEN.email)).status).toBe(400);
  for (let n = 0; n < 2; n++) expect((await changeOnPage(TAKEN.email)).status).toBe(400);
  expectRateLimited(await change(TAKEN.email));
  expectRateLimited(await changeOnPage("free@example.org"));
  expect([(await change(alice.email)).status, (await changeOnPage(alice.email)).status]).toEqual([200, 302]);
});

describe("the client network", () => {
  it("is the address that the trusted proxy appended; other addresses are not limited", async () => {
    const address = newAddress();
    await exhaust(address);
    expectRateLimited(await attempt(from(`203.0.113.1, ${address}`)));
    expectRateLimited(await attempt(from(`::ffff:${address}`)));
    expect((await attempt(from(newAddress()))).status).toBe(400);
  });

  it("is the /64 of an IPv6 address", async () => {
    const subnet = `2001:db8:${randomUUID().slice(0, 4)}`;
    for (let n = 1; n <= 5; n++)
      expect((await attempt(from(`${subnet}:7:${n}:${n}::${n}`))).status).toBe(400);
    expectRateLimited(await attempt(from(`${subnet}:7:ffff::1`)));
    expect((await attempt(from(`${subnet}:8::1`))).status).toBe(400);
  });

  it("is also the /48 of an IPv6 address, with the attempts of four /64 networks", async () => {
    const prefix48 = `2001:db8:${randomUUID().slice(0, 4)}`;
    for (const net of [1, 2, 3]) await exhaust(`${prefix48}:${net}::1`);
    // Rejected attempts of one /64 do not count for the /48.
    expectRateLimited(await attempt(from(`${prefix48}:1::2`)));
    await exhaust(`${prefix48}:4::1`);
    expectRateLimited(await attempt(from(`${prefix48}:5::1`)), 20);
    await exhaust(`2001:db8:${randomUUID().slice(0, 4)}:1::1`);
  });

  it("ignores forwarding headers with TRUST_PROXY=0; expired windows are removed", async () => {
    const direct = await startApp(LIMITS);
    try {
      await api(direct.url, "signup", TAKEN, {});
      await queryRows(
        direct.databaseUrl,
        `insert into rate_limit select 'old' || n, 1, now() - interval '1 hour' from generate_series(1, 3) n`,
      );
      const forged = () => ({
        ...from(newAddress()),
        "X-Real-IP": newAddress(),
        "CF-Connecting-IP": newAddress(),
        "True-Client-IP": newAddress(),
        Forwarded: `for=${newAddress()}`,
      });
      for (let n = 0; n < 4; n++) expect((await attempt(forged(), direct.url)).status).toBe(400);
      expectRateLimited(await attempt(forged(), direct.url));
      const restarted = await startApp({ ...LIMITS, ...WITHOUT_COVERAGE, DATABASE_URL: direct.databaseUrl });
      expectRateLimited(await attempt(forged(), restarted.url));
      const keys = () => queryRows(direct.databaseUrl, "select key from rate_limit");
      await expect.poll(keys).toEqual([{ key: "tock:password:127.0.0.1" }]);
      await restarted.stop();
    } finally {
      await direct.stop();
    }
  });
});

describe("task requests", () => {
  it("allow exactly 100 of 150 concurrent API requests of one user; another user is not limited", async () => {
    const [alice, bob] = [await newUser(), await newUser()];
    const kinds = [
      ["GET", "/api/tasks", 200],
      ["POST", "/api/tasks", 422],
      ["GET", "/api/tasks/1", 404],
      ["PUT", "/api/tasks/1", 422],
      ["DELETE", "/api/tasks/1", 404],
      ["PATCH", "/api/tasks/1/complete", 404],
    ] as const;
    const responses = await Promise.all(
      Array.from({ length: 150 }, (_, n) => {
        const [method, path] = kinds[n % kinds.length] ?? kinds[0];
        return request(app.url, method, path, {
          headers: n % 2 ? alice.bearer : alice.cookie,
          ...(method === "PUT" || method === "POST" ? { body: {} } : {}),
        });
      }),
    );
    const rejected = responses.filter(({ status }) => status === 429);
    expect(rejected).toHaveLength(50);
    for (const response of rejected) expectRateLimited(response, 100);
    for (const [method, path] of kinds)
      expectRateLimited(await request(app.url, method, path, { headers: alice.bearer }), 100);
    expect((await request(app.url, "GET", "/api/tasks", { headers: bob.bearer })).status).toBe(200);
    expect(loggedRejections(alice.id)).toHaveLength(1);
    expect(loggedRejections(alice.id)[0]).not.toContain(alice.email);
    expect((await request(app.url, "GET", "/api/tasks")).status).toBe(401);
  });

  it("include the forms of pages, which keep their values; page views and sign-out are not counted", async () => {
    const alice = await newUser();
    const headers = alice.cookie;
    const task = await request(app.url, "POST", "/api/tasks", { body: { title: "a" }, headers });
    const id = `${task.body.id}`;
    const completed = await Promise.all(
      Array.from({ length: 99 }, (_, n) =>
        form("/dashboard", { intent: "complete", id, completed: `${n % 2 === 0}` }, headers),
      ),
    );
    expect(statuses(completed)).toEqual({ 302: 99 });
    expectRateLimited(await request(app.url, "GET", "/api/tasks", { headers }), 100);

    const add = { intent: "add", title: "Typed & kept", description: "All of it" };
    const forms: [string, Record<string, string>, string[]][] = [
      ["/dashboard", add, ['value="Typed &amp; kept"', "All of it"]],
      ["/dashboard", { intent: "complete", id, completed: "true" }, []],
      ["/dashboard", { intent: "delete", id }, []],
      [`/tasks/${id}`, { ...add, intent: "save" }, ['value="Typed &amp; kept"', "All of it"]],
      [`/tasks/${id}/edit`, { ...add, intent: "save" }, ['value="Typed &amp; kept"', "All of it"]],
      ["/trash", { intent: "empty" }, []],
      ["/trash/empty", { intent: "empty" }, ["Empty the trash?"]],
      [`/tasks/${id}/delete`, { intent: "delete" }, ["Delete this task?"]],
    ];
    for (const [path, fields, kept] of forms) {
      const page = await form(path, fields, headers);
      expectRateLimited(page, 100);
      expect(page.headers.get("Content-Type")).toContain("text/html");
      for (const text of kept) expect(page.text).toContain(text);
      const dataResponse = await form(`${path}.data`, fields, headers);
      expectRateLimited(dataResponse, 100);
    }
    expect(await queryRows(app.databaseUrl, "select title from task where user_id = $1", [alice.id])).toEqual(
      [{ title: "a" }],
    );

    const pages = [
      "/dashboard",
      `/tasks/${id}`,
      `/tasks/${id}/delete`,
      "/settings",
      "/health",
      "/favicon.svg",
    ];
    const reads = await Promise.all(
      Array.from({ length: 120 }, (_, n) =>
        request(app.url, "GET", pages[n % pages.length] ?? "", { headers }),
      ),
    );
    expect(statuses(reads)).toEqual({ 200: 120 });
    expect((await request(app.url, "GET", "/api/auth/profile", { headers })).status).toBe(200);
    expect((await form("/signout", {}, headers)).status).toBe(302);
  });
});

// Debian: apt-get install redis-server
describe.skipIf(!hasRedis)("with REDIS_URL (needs redis-server)", () => {
  let redis: RedisServer;
  let servers: AppServer[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    const env = {
      DATABASE_URL: app.databaseUrl,
      TRUST_PROXY: "1",
      RATE_LIMIT_TASKS_PER_MINUTE: "20",
      REDIS_URL: redis.url,
    };
    servers = await Promise.all([startApp(env), startApp(env)]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((instance) => instance.stop()));
    await redis?.kill();
  });

  const listTasks = (user: User, n: number) =>
    request(servers[n % 2]?.url ?? "", "GET", "/api/tasks", { headers: user.bearer });
  /** For each server the outages of Redis less the recoveries that it has logged: a busy machine may add one of each. */
  const loggedOutages = () =>
    servers.map(({ log }) => {
      const count = (text: string) => log.filter((line) => line.includes(text)).length;
      return count("Redis unavailable") - count("Redis available");
    });

  it("all processes share the count and log one rejection", async () => {
    const alice = await newUser();
    const responses = await Promise.all(Array.from({ length: 40 }, (_, n) => listTasks(alice, n)));
    expect(statuses(responses)).toEqual({ 200: 20, 429: 20 });
    expect(loggedRejections(alice.id, servers)).toHaveLength(1);
  });

  const sendBurst = async (user: User, count = 40) => {
    const startedAt = performance.now();
    const responses = await Promise.all(Array.from({ length: count }, (_, n) => listTasks(user, n)));
    return { responses, ms: performance.now() - startedAt };
  };
  /** Sends one request after the other. @returns for each server the time that its fastest response took, in ms */
  const measureFastest = async (user: User) => {
    const fastest = servers.map(() => Number.POSITIVE_INFINITY);
    for (let n = 0; n < 20; n++) {
      const startedAt = performance.now();
      expect((await listTasks(user, n)).status).toBe(200);
      const server = n % servers.length;
      fastest[server] = Math.min(fastest[server] ?? 0, performance.now() - startedAt);
    }
    return fastest;
  };

  it("requests neither fail nor wait while Redis freezes, stops and restarts; each process counts by itself", async () => {
    const [alice, bob, carol] = [await newUser(), await newUser(), await newUser()];
    const [erin, frank] = [await newUser(), await newUser()];
    for (let n = 0; n < 10; n++) expect((await listTasks(alice, n)).status).toBe(200);
    const before = await sendBurst(frank);

    redis.freeze();
    const frozen = await sendBurst(bob);
    // Twenty per process.
    expect(statuses(frozen.responses)).toEqual({ 200: 40 });
    // If each request waited for the time limit of a command, none would be faster.
    for (const fastest of await measureFastest(erin)) expect(fastest).toBeLessThan(COMMAND_TIMEOUT_MS);

    await redis.kill();
    const dead = await sendBurst(alice, 60);
    expect(statuses(dead.responses)).toEqual({ 200: 40, 429: 20 });
    for (const response of dead.responses) if (response.status === 429) expectRateLimited(response, 20);
    // The machine's own delay does not count. Bursts that do not wait for Redis measure it.
    expect(frozen.ms).toBeLessThan(2_000 + Math.max(before.ms, dead.ms));
    expect(loggedOutages()).toEqual([1, 1]);

    redis = await startRedis(redis.port);
    const dave = await newUser();
    await expect
      .poll(
        async () => {
          await Promise.all([listTasks(dave, 0), listTasks(dave, 1)]);
          return loggedOutages();
        },
        { interval: 250 },
      )
      .toEqual([0, 0]);
    const responses = await Promise.all(Array.from({ length: 40 }, (_, n) => listTasks(carol, n)));
    expect(statuses(responses)).toEqual({ 200: 20, 429: 20 });
  });

  it("an unreachable Redis at start is logged once and delays no request", async () => {
    const server = await startApp({
      DATABASE_URL: app.databaseUrl,
      RATE_LIMIT_TASKS_PER_MINUTE: "1",
      REDIS_URL: "redis://127.0.0.1:1",
    });
    try {
      const alice = await newUser();
      const listTasks = () => request(server.url, "GET", "/api/tasks", { headers: alice.bearer });
      expect([(await listTasks()).status, (await listTasks()).status]).toEqual([200, 429]);
      expect(server.log.filter((line) => line.includes("Redis unavailable"))).toHaveLength(1);
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });
});

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppServer, startApp, WITHOUT_COVERAGE } from "../support/app-server.ts";
import { expectError } from "../support/assertions.ts";
import { hasRedis, type RedisServer, startRedis } from "../support/redis-server.ts";
import { queryRows } from "../support/sql.ts";
import { cookieOf, PASSWORD, request, type TestResponse } from "../support/users.ts";

const LIMITS = { RATE_LIMIT_AUTH_PER_MINUTE: "5", RATE_LIMIT_TASKS_PER_MINUTE: "100" };

/** Behind one proxy, so that a test can come from anywhere; all on one database. */
let instances: AppServer[] = [];
let tock: AppServer;
const another = () =>
  startApp({ ...LIMITS, ...WITHOUT_COVERAGE, TRUST_PROXY: "1", DATABASE_URL: tock.databaseUrl });
beforeAll(async () => {
  tock = await startApp({ ...LIMITS, TRUST_PROXY: "1" });
  instances = [tock, ...(await Promise.all([another(), another(), another()]))];
});
afterAll(async () => {
  const [first, ...others] = instances;
  await Promise.all(others.map((instance) => instance.stop()));
  await first?.stop();
});

let given = 0;
/** An address that nobody has come from yet. */
const newAddress = () => `198.51.100.${++given}`;
const from = (address: string) => ({ "X-Forwarded-For": address });
const api = (base: string, path: string, body: unknown, headers: Record<string, string>) =>
  request(base, "POST", `/api/auth/${path}`, { body, headers });
const form = (
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string>,
  base = tock.url,
) =>
  request(base, "POST", path, {
    body: new URLSearchParams(fields).toString(),
    headers: { "Content-Type": "application/x-www-form-urlencoded", ...headers },
  });

interface Person {
  id: string;
  email: string;
  cookie: Record<string, string>;
  bearer: Record<string, string>;
}
async function newPerson(base = tock.url): Promise<Person> {
  const email = `${randomUUID()}@example.org`;
  const answer = await api(base, "signup", { email, name: "Ada", password: PASSWORD }, from(newAddress()));
  const { user, token } = answer.body;
  const cookie = { Cookie: cookieOf(answer), "Sec-Fetch-Site": "same-origin" };
  return { id: user.id, email, cookie, bearer: { Authorization: `Bearer ${token}` } };
}

/** One try, without the cost of a hash: the address has an account. */
const TAKEN = { email: "taken@example.org", name: "Ada", password: PASSWORD };
const quickTry = (headers: Record<string, string>, base = tock.url) => api(base, "signup", TAKEN, headers);
const exhaust = (address: string) =>
  Promise.all(Array.from({ length: 5 }, () => quickTry(from(address)))).then((answers) =>
    expect(statuses(answers)).toEqual({ 400: 5 }),
  );
beforeAll(async () => {
  await api(tock.url, "signup", TAKEN, from(newAddress()));
});

const statuses = (answers: { status: number }[]) => {
  const count: Record<number, number> = {};
  for (const { status } of answers) count[status] = (count[status] ?? 0) + 1;
  return count;
};

function expectRefusal(answer: TestResponse, limit = 5): number {
  const seconds = Number(answer.headers.get("Retry-After"));
  expect(answer.status).toBe(429);
  expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60).toBe(true);
  expect([
    answer.headers.get("RateLimit-Limit"),
    answer.headers.get("RateLimit-Remaining"),
    answer.headers.get("RateLimit-Reset"),
  ]).toEqual([`${limit}`, "0", `${seconds}`]);
  if (answer.body) {
    expectError(answer, 429, "RATE_LIMITED");
    expect(answer.body.error.message).toContain(` Try again in ${seconds} second`);
  } else {
    // On a page it is on the page itself, not only in what the script is given.
    const seen = answer.text.startsWith("<!DOCTYPE") ? answer.text.replace(/<script.*/s, "") : answer.text;
    expect(seen).toContain(` Try again in ${seconds} second`);
  }
  return seconds;
}

const told = (key: string, by = instances) =>
  by.flatMap(({ log }) => log).filter((line) => line.includes("rate limit exceeded") && line.includes(`"${key}"`));

describe("tries at a password", () => {
  const guess = (base: string, address: string) =>
    api(base, "signin", { email: "nobody@example.org", password: "a wrong one" }, from(address));

  it.each([
    ["one process", 1],
    ["four processes", 4],
  ])("of 40 at once from one address over %s exactly 5 are let through", async (_, processes) => {
    const address = newAddress();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => guess(instances[n % processes]?.url ?? "", address)),
    );
    expect(statuses(answers)).toEqual({ 401: 5, 429: 35 });
    for (const answer of answers) if (answer.status === 429) expectRefusal(answer);
    expect(told(address)).toHaveLength(1);
    expect(JSON.parse(told(address)[0] ?? "")).toMatchObject({ level: "warn", limit: "password", address });
    expect(instances.flatMap(({ log }) => log).join("\n")).not.toContain("nobody@example.org");
  });

  it("stay counted over a restart", async () => {
    const address = newAddress();
    await exhaust(address);
    const again = await another();
    try {
      expectRefusal(await quickTry(from(address), again.url));
    } finally {
      await again.stop();
    }
  });

  it("are let through again when the minute has passed, and not before", async () => {
    const address = newAddress();
    const move = (by: string) =>
      queryRows(
        tock.databaseUrl,
        "update rate_limit set expires_at = expires_at - $2::interval where key like $1",
        [`%:${address}`, by],
      );
    for (let n = 0; n < 4; n++) expect((await quickTry(from(address))).status).toBe(400);
    await move("40 seconds");
    expect((await quickTry(from(address))).status).toBe(400);
    // No other instance has seen it refused, so each asks the database.
    expect(expectRefusal(await quickTry(from(address), instances[1]?.url))).toBeLessThanOrEqual(20);
    await move("20 seconds");
    await exhaust(address);
    expectRefusal(await quickTry(from(address)));
  });

  it("share one count: sign-up, sign-in, password change and account deletion, by API and by page", async () => {
    const ann = await newPerson();
    const address = newAddress();
    const here = { ...ann.cookie, ...from(address) };
    const wrong = { email: ann.email, password: "a wrong one" };
    const change = { current_password: "a wrong one", password: "another good one" };
    const erase = { password: "a wrong one" };
    const ways = [
      () => quickTry(from(address)),
      () => api(tock.url, "signin", wrong, from(address)),
      () => form("/signin", { intent: "signin", ...wrong }, from(address)),
      () => form("/signup", { intent: "signup", ...TAKEN }, from(address)),
      () => request(tock.url, "PUT", "/api/auth/profile", { body: change, headers: here }),
      () => form("/settings", { intent: "password", ...change }, here),
      () => request(tock.url, "DELETE", "/api/auth/account", { body: erase, headers: here }),
      () => form("/settings", { intent: "delete-account", ...erase }, here),
    ];

    // None of these tries a password.
    const idle = [
      await api(tock.url, "signin", { email: "no address", password: "x" }, from(address)),
      await api(tock.url, "signup", { ...TAKEN, password: "password" }, from(address)),
      await form("/signin", { intent: "signin", email: "", password: "" }, from(address)),
      await form("/settings", { intent: "password", ...change, password: "short" }, here),
      await request(tock.url, "PUT", "/api/auth/profile", { body: { name: "Grace" }, headers: here }),
      await form("/settings", { intent: "profile", name: "Grace", email: ann.email }, here),
      await form("/settings", { intent: "delete-account", password: "" }, here),
      await form("/settings", { intent: "end-others" }, here),
    ];
    expect(statuses(idle)).toEqual({ 200: 1, 302: 2, 422: 5 });

    const answers: TestResponse[] = [];
    for (const way of ways.slice(3)) answers.push(await way());
    expect(answers.map(({ status }) => status)).toEqual([400, 401, 401, 401, 401]);
    for (const way of ways) expectRefusal(await way());
    expect(told(address)).toHaveLength(1);

    expect((await request(tock.url, "GET", "/settings", { headers: here })).status).toBe(200);
    const other = { ...ann.cookie, ...from(newAddress()) };
    expect((await form("/settings", { intent: "password", ...change }, other)).status).toBe(401);
  });

  it("keep on a page what was typed, but for passwords, and say when to come back", async () => {
    const ann = await newPerson();
    const address = newAddress();
    await exhaust(address);
    const typed = { email: "typed@example.org", name: "Ada & Co", password: "typed secret" };
    for (const path of ["/signin", "/signup"]) {
      const { name, ...signIn } = typed;
      const fields = { intent: path.slice(1), ...(path === "/signup" ? typed : signIn) };
      const page = await form(path, fields, from(address));
      expectRefusal(page);
      expect(page.headers.get("Content-Type")).toContain("text/html");
      expect(page.text).toContain('value="typed@example.org"');
      if (path === "/signup") expect(page.text).toContain('value="Ada &amp; Co"');
      expect(page.text).not.toContain("typed secret");
    }
    const change = { intent: "password", current_password: PASSWORD, password: "typed secret" };
    const settings = await form("/settings", change, { ...ann.cookie, ...from(address) });
    expectRefusal(settings);
    expect(settings.text).not.toContain("typed secret");
    expect(settings.text).toMatch(/aria-label="Password"[^>]*>(?:(?!<\/form>).)*role="alert"/s);
  });

  it("answer the page's script with the same, headers included", async () => {
    const address = newAddress();
    await exhaust(address);
    const fields = { intent: "signin", email: "typed@example.org", password: "typed secret" };
    const answer = await form("/signin.data", fields, from(address));
    expectRefusal(answer);
    expect(answer.text).toContain("typed@example.org");
    expect(answer.text).not.toContain("typed secret");
  });
});

it("another email is counted like a sign-up, by API and by page, for its answer tells who has an account", async () => {
  const ann = await newPerson();
  const here = { ...ann.cookie, ...from(newAddress()) };
  const change = (email: string) =>
    request(tock.url, "PUT", "/api/auth/profile", { body: { email }, headers: here });
  const onPage = (email: string) => form("/settings", { intent: "profile", name: "Ada", email }, here);
  for (let n = 0; n < 3; n++) expect((await change(TAKEN.email)).status).toBe(400);
  for (let n = 0; n < 2; n++) expect((await onPage(TAKEN.email)).status).toBe(400);
  expectRefusal(await change(TAKEN.email));
  expectRefusal(await onPage("free@example.org"));
  expect([(await change(ann.email)).status, (await onPage(ann.email)).status]).toEqual([200, 302]);
});

describe("the address they come from", () => {
  it("is the one that the trusted proxy wrote; the others go on", async () => {
    const address = newAddress();
    await exhaust(address);
    expectRefusal(await quickTry(from(`203.0.113.1, ${address}`)));
    expectRefusal(await quickTry(from(`::ffff:${address}`)));
    expect((await quickTry(from(newAddress()))).status).toBe(400);
  });

  it("is an IPv6 network's /64", async () => {
    const subnet = `2001:db8:${randomUUID().slice(0, 4)}`;
    for (let n = 1; n <= 5; n++)
      expect((await quickTry(from(`${subnet}:7:${n}:${n}::${n}`))).status).toBe(400);
    expectRefusal(await quickTry(from(`${subnet}:7:ffff::1`)));
    expect((await quickTry(from(`${subnet}:8::1`))).status).toBe(400);
  });

  it("is an IPv6 site's /48 too, beyond what four of its networks may try", async () => {
    const site = `2001:db8:${randomUUID().slice(0, 4)}`;
    for (const net of [1, 2, 3]) await exhaust(`${site}:${net}::1`);
    // What one of its networks is refused does not count for the others.
    expectRefusal(await quickTry(from(`${site}:1::2`)));
    await exhaust(`${site}:4::1`);
    expectRefusal(await quickTry(from(`${site}:5::1`)), 20);
    await exhaust(`2001:db8:${randomUUID().slice(0, 4)}:1::1`);
  });

  it("is no header's business with TRUST_PROXY=0; windows that have ended are swept out", async () => {
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
      for (let n = 0; n < 4; n++) expect((await quickTry(forged(), direct.url)).status).toBe(400);
      expectRefusal(await quickTry(forged(), direct.url));
      const again = await startApp({ ...LIMITS, ...WITHOUT_COVERAGE, DATABASE_URL: direct.databaseUrl });
      expectRefusal(await quickTry(forged(), again.url));
      const keys = () => queryRows(direct.databaseUrl, "select key from rate_limit");
      await expect.poll(keys).toEqual([{ key: "tock:password:127.0.0.1" }]);
      await again.stop();
    } finally {
      await direct.stop();
    }
  });
});

describe("what a user does with tasks", () => {
  it("of 150 calls at once exactly 100 are let through, whatever they ask; another user goes on", async () => {
    const [ann, bob] = [await newPerson(), await newPerson()];
    const kinds = [
      ["GET", "/api/tasks", 200],
      ["POST", "/api/tasks", 422],
      ["GET", "/api/tasks/1", 404],
      ["PUT", "/api/tasks/1", 422],
      ["DELETE", "/api/tasks/1", 404],
      ["PATCH", "/api/tasks/1/complete", 404],
    ] as const;
    const answers = await Promise.all(
      Array.from({ length: 150 }, (_, n) => {
        const [method, path] = kinds[n % kinds.length] ?? kinds[0];
        return request(tock.url, method, path, {
          headers: n % 2 ? ann.bearer : ann.cookie,
          ...(method === "PUT" || method === "POST" ? { body: {} } : {}),
        });
      }),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(50);
    for (const answer of refused) expectRefusal(answer, 100);
    for (const [method, path] of kinds)
      expectRefusal(await request(tock.url, method, path, { headers: ann.bearer }), 100);
    expect((await request(tock.url, "GET", "/api/tasks", { headers: bob.bearer })).status).toBe(200);
    expect(told(ann.id)).toHaveLength(1);
    expect(told(ann.id)[0]).not.toContain(ann.email);
    expect((await request(tock.url, "GET", "/api/tasks")).status).toBe(401);
  });

  it("is counted with the pages' forms, which keep what was typed; reading and signing out never are", async () => {
    const ann = await newPerson();
    const headers = ann.cookie;
    const task = await request(tock.url, "POST", "/api/tasks", { body: { title: "a" }, headers });
    const id = `${task.body.id}`;
    const added = await Promise.all(
      Array.from({ length: 99 }, (_, n) =>
        form("/dashboard", { intent: "complete", id, completed: `${n % 2 === 0}` }, headers),
      ),
    );
    expect(statuses(added)).toEqual({ 302: 99 });
    expectRefusal(await request(tock.url, "GET", "/api/tasks", { headers }), 100);

    const add = { intent: "add", title: "Typed & kept", description: "All of it" };
    const forms: [string, Record<string, string>, string[]][] = [
      ["/dashboard", add, ['value="Typed &amp; kept"', "All of it"]],
      ["/dashboard", { intent: "complete", id, completed: "true" }, []],
      ["/dashboard", { intent: "delete", id }, []],
      [`/tasks/${id}`, { ...add, intent: "save" }, ['value="Typed &amp; kept"', "All of it"]],
      [`/tasks/${id}/delete`, { intent: "delete" }, ["Delete this task?"]],
    ];
    for (const [path, fields, kept] of forms) {
      const page = await form(path, fields, headers);
      expectRefusal(page, 100);
      expect(page.headers.get("Content-Type")).toContain("text/html");
      for (const text of kept) expect(page.text).toContain(text);
      const script = await form(`${path}.data`, fields, headers);
      expectRefusal(script, 100);
    }
    expect(await queryRows(tock.databaseUrl, "select title from task where user_id = $1", [ann.id])).toEqual([
      { title: "a" },
    ]);

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
        request(tock.url, "GET", pages[n % pages.length] ?? "", { headers }),
      ),
    );
    expect(statuses(reads)).toEqual({ 200: 120 });
    expect((await request(tock.url, "GET", "/api/auth/profile", { headers })).status).toBe(200);
    expect((await form("/signout", {}, headers)).status).toBe(302);
  });
});

// Debian: apt-get install redis-server
describe.skipIf(!hasRedis)("with REDIS_URL (needs redis-server)", () => {
  let redis: RedisServer;
  let pair: AppServer[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    const env = {
      DATABASE_URL: tock.databaseUrl,
      TRUST_PROXY: "1",
      RATE_LIMIT_TASKS_PER_MINUTE: "20",
      REDIS_URL: redis.url,
    };
    pair = await Promise.all([startApp(env), startApp(env)]);
  });
  afterAll(async () => {
    await Promise.all(pair.map((instance) => instance.stop()));
    await redis?.kill();
  });

  const list = (person: Person, n: number) =>
    request(pair[n % 2]?.url ?? "", "GET", "/api/tasks", { headers: person.bearer });
  const lines = (text: string) => pair.map(({ log }) => log.filter((line) => line.includes(text)).length);

  it("the count is shared by all processes, and all are told of it once", async () => {
    const ann = await newPerson();
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => list(ann, n)));
    expect(statuses(answers)).toEqual({ 200: 20, 429: 20 });
    expect(told(ann.id, pair)).toHaveLength(1);
  });

  it("a Redis that freezes, dies and comes back fails and holds nobody; each process counts meanwhile", async () => {
    const [ann, bob, cy] = [await newPerson(), await newPerson(), await newPerson()];
    for (let n = 0; n < 10; n++) expect((await list(ann, n)).status).toBe(200);

    redis.freeze();
    const began = Date.now();
    const frozen = await Promise.all(Array.from({ length: 40 }, (_, n) => list(bob, n)));
    expect(Date.now() - began).toBeLessThan(2_000);
    // Twenty of each process.
    expect(statuses(frozen)).toEqual({ 200: 40 });

    await redis.kill();
    const dead = await Promise.all(Array.from({ length: 60 }, (_, n) => list(ann, n)));
    expect(statuses(dead)).toEqual({ 200: 40, 429: 20 });
    for (const answer of dead) if (answer.status === 429) expectRefusal(answer, 20);
    expect(lines("Redis unavailable")).toEqual([1, 1]);
    expect(lines("Redis available")).toEqual([0, 0]);

    redis = await startRedis(redis.port);
    const dan = await newPerson();
    await expect
      .poll(
        async () => {
          await Promise.all([list(dan, 0), list(dan, 1)]);
          return lines("Redis available");
        },
        { timeout: 8_000, interval: 250 },
      )
      .toEqual([1, 1]);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => list(cy, n)));
    expect(statuses(answers)).toEqual({ 200: 20, 429: 20 });
  });

  it("that is not there when Tock starts is told, and holds nothing up", async () => {
    const early = await startApp({
      DATABASE_URL: tock.databaseUrl,
      RATE_LIMIT_TASKS_PER_MINUTE: "1",
      REDIS_URL: "redis://127.0.0.1:1",
    });
    try {
      const ann = await newPerson();
      const ask = () => request(early.url, "GET", "/api/tasks", { headers: ann.bearer });
      expect([(await ask()).status, (await ask()).status]).toEqual([200, 429]);
      expect(early.log.filter((line) => line.includes("Redis unavailable"))).toHaveLength(1);
    } finally {
      expect(await early.stop()).toBe(0);
    }
  });
});

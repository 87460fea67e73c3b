import { randomUUID } from "node:crypto";
import { expectDocumented } from "./api-contract.ts";
import { forgeCookie, forgeToken } from "./forge-credentials.ts";
import { queryRows } from "./sql.ts";

export const PASSWORD = "a lantern by the river";

/** For `describe.each`: both ways to authenticate, as a title and the method of TestUser that uses it. */
export const CREDENTIALS = [
  ["with a Bearer token", "api"],
  ["with the session cookie", "viaCookie"],
] as const;

/** A response whose body has been read. `body` is the parsed JSON, or undefined when the body is not JSON. */
export interface TestResponse {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape, and a wrong property fails the assertion
  body: any;
  text: string;
}

/**
 * Sends one request without following redirects. Every response of the API must be as documented. `body` is sent as
 * JSON, unless it is text or bytes already.
 */
export async function request(
  base: string,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<TestResponse> {
  const isEncoded = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(base + path, {
    method,
    redirect: "manual",
    headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(body !== undefined && { body: isEncoded ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("Content-Type")?.includes("json");
  const result = {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text ? JSON.parse(text) : undefined,
  };
  expectDocumented(method, base + path, result);
  return result;
}

export interface TestUser {
  id: string;
  email: string;
  name: string;
  token: string;
  /** The session cookie as `name=value`. */
  cookie: string;
  /** Calls the API with the Bearer token. */
  api(method: string, path: string, body?: unknown): Promise<TestResponse>;
  /** Calls the API with the session cookie, as a script of the same origin does. */
  viaCookie(method: string, path: string, body?: unknown): Promise<TestResponse>;
  /** Posts a form to a page, as a browser without JavaScript does. */
  form(path: string, fields: Record<string, string>): Promise<TestResponse>;
}

/** The cookie that a response sets, as `name=value`; "" without one. */
export const cookieOf = (response: TestResponse): string =>
  response.headers.getSetCookie()[0]?.split(";")[0] ?? "";

/** The device cookie that a response sets, as `name=value`; "" without one. */
export function deviceCookieOf(response: TestResponse): string {
  const line = response.headers.getSetCookie().find((cookie) => cookie.startsWith("tock-device="));
  return line?.split(";")[0] ?? "";
}

/** The cookies of a client after a response, as a Cookie header. @param cookies those before it */
export function cookiesAfter(response: Pick<TestResponse, "headers">, cookies = ""): string {
  const jar = new Map(cookies.split("; ").map((pair) => [pair.slice(0, pair.indexOf("=")), pair] as const));
  jar.delete("");
  for (const line of response.headers.getSetCookie()) {
    const [pair = ""] = line.split(";");
    const name = pair.slice(0, pair.indexOf("="));
    if (/; *(Max-Age=0|Expires=Thu, 01 Jan 1970)/i.test(line)) jar.delete(name);
    else jar.set(name, pair);
  }
  return [...jar.values()].join("; ");
}

const testUserFrom = (base: string, response: TestResponse): TestUser =>
  testUser(base, response.body.user, response.body.token, cookieOf(response));

function testUser(
  base: string,
  user: Pick<TestUser, "id" | "email" | "name">,
  token: string,
  cookie: string,
): TestUser {
  return {
    ...user,
    token,
    cookie,
    api: (method, path, body) =>
      request(base, method, path, { body, headers: { Authorization: `Bearer ${token}` } }),
    viaCookie: (method, path, body) =>
      request(base, method, path, { body, headers: { Cookie: cookie, "Sec-Fetch-Site": "same-origin" } }),
    form: (path, fields) =>
      request(base, "POST", path, {
        body: new URLSearchParams(fields).toString(),
        headers: {
          Cookie: cookie,
          "Sec-Fetch-Site": "same-origin",
          "Content-Type": "application/x-www-form-urlencoded",
        },
      }),
  };
}

/** Signs up a user through the API. @throws Error unless the response is 201 */
export async function signUp(
  base: string,
  details: Partial<Record<"email" | "name" | "password", string>> = {},
): Promise<TestUser> {
  const body = { email: `${randomUUID()}@example.org`, name: "Ada", password: PASSWORD, ...details };
  const response = await request(base, "POST", "/api/auth/signup", { body });
  if (response.status !== 201) throw new Error(`sign-up returned ${response.status}: ${response.text}`);
  return testUserFrom(base, response);
}

/** The bcrypt hash of PASSWORD, with the cost of production. */
export const PASSWORD_HASH = "$2b$12$AXmX9VSPCS3gV9wK5GD6Leuqv/x2yemJowHSGV7IOxxc4BUBL4LTu";
/** As PASSWORD_HASH, with the lowest cost. The first sign-in replaces it by a hash with the cost of production. */
const QUICK_PASSWORD_HASH = "$2b$04$H25N/XG1G0q4s2a9c3Cl4.WbpThJ8Tmsg6HRIujpYN/gNHLqJMKpq";

/**
 * Inserts a user with PASSWORD and one session into the database, which saves the time of bcrypt hashes. The token and the
 * cookie are signed with TEST_SECRETS, so the server must use those and plain http.
 */
export async function createUser(
  { url, databaseUrl }: { url: string; databaseUrl: string },
  details: Partial<Record<"email" | "name" | "passwordHash", string>> = {},
): Promise<TestUser> {
  const defaults = { email: `${randomUUID()}@example.org`, name: "Ada", passwordHash: QUICK_PASSWORD_HASH };
  const { email, name, passwordHash } = { ...defaults, ...details };
  const [row] = await queryRows(
    databaseUrl,
    `with new_user as (insert into "user" (email, name) values ($1, $2) returning id, email, name),
       new_account as (
         insert into account (user_id, account_id, provider_id, password_hash)
         select id, id, 'credential', $3 from new_user
       )
     select id from new_user`,
    [email, name, passwordHash],
  );
  return insertSession({ url, databaseUrl }, { id: row.id, email, name });
}

/** Inserts another session of a user into the database, as `createUser` does. */
export async function insertSession(
  { url, databaseUrl }: { url: string; databaseUrl: string },
  { id, email, name }: Pick<TestUser, "id" | "email" | "name">,
): Promise<TestUser> {
  const [{ sid }] = await queryRows(
    databaseUrl,
    `insert into session (user_id, token, expires_at, ip_address, user_agent)
     values ($1, gen_random_uuid(), now() + interval '7 days', '127.0.0.1', 'node')
     returning id as sid`,
    [id],
  );
  const iat = Math.floor(Date.now() / 1000);
  const token = forgeToken({ user_id: id, email, sid, iat, exp: iat + 7 * 86_400 });
  return testUser(url, { id, email, name }, token, await forgeCookie({ token }));
}

/** Opens another session through the API. @throws Error unless the response is 200 */
export async function signIn(base: string, email: string, password = PASSWORD): Promise<TestUser> {
  const response = await request(base, "POST", "/api/auth/signin", { body: { email, password } });
  if (response.status !== 200) throw new Error(`sign-in returned ${response.status}: ${response.text}`);
  return testUserFrom(base, response);
}

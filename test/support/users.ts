import { randomUUID } from "node:crypto";
import { forgeCookie, forgeToken } from "./forge-credentials.ts";
import { queryRows } from "./sql.ts";

export const PASSWORD = "a lantern by the river";

/** An answer, read: `body` is the parsed JSON, or undefined when there is none. */
export interface TestResponse {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, and a wrong guess fails them
  body: any;
  text: string;
}

/** One request for JSON. `body` is sent as JSON, unless it is text or bytes already. */
export async function request(
  base: string,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<TestResponse> {
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(base + path, {
    method,
    redirect: "manual",
    headers: { ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("Content-Type")?.includes("json");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text ? JSON.parse(text) : undefined,
  };
}

export interface TestUser {
  id: string;
  email: string;
  name: string;
  token: string;
  /** `name=value` of the session cookie. */
  cookie: string;
  /** A call with the Bearer token. */
  api(method: string, path: string, body?: unknown): Promise<TestResponse>;
  /** The same call with the session cookie, from a page of the same origin. */
  viaCookie(method: string, path: string, body?: unknown): Promise<TestResponse>;
  /** A form posted to a page, as a browser without JavaScript does. */
  form(path: string, fields: Record<string, string>): Promise<TestResponse>;
}

export const cookieOf = (answer: TestResponse): string =>
  answer.headers.getSetCookie()[0]?.split(";")[0] ?? "";

const asPerson = (base: string, answer: TestResponse): TestUser =>
  personOf(base, answer.body.user, answer.body.token, cookieOf(answer));

function personOf(
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

/** Signs up somebody new. @throws Error when that is refused */
export async function signUp(
  base: string,
  details: Partial<Record<"email" | "name" | "password", string>> = {},
): Promise<TestUser> {
  const body = { email: `${randomUUID()}@example.org`, name: "Ada", password: PASSWORD, ...details };
  const answer = await request(base, "POST", "/api/auth/signup", { body });
  if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${answer.text}`);
  return asPerson(base, answer);
}

/** PASSWORD's hash, as a sign-up makes it. */
const HASH = "$2b$12$AXmX9VSPCS3gV9wK5GD6Leuqv/x2yemJowHSGV7IOxxc4BUBL4LTu";

/**
 * Somebody who has signed up with PASSWORD, put straight into the database: for tests of what comes after, which need
 * not wait for a hash. Of an instance with the tests' own secrets, on http.
 */
export async function createUser(
  { url, databaseUrl }: { url: string; databaseUrl: string },
  details: Partial<Record<"email" | "name", string>> = {},
): Promise<TestUser> {
  const { email, name } = { email: `${randomUUID()}@example.org`, name: "Ada", ...details };
  const [user] = await queryRows(
    databaseUrl,
    `with person as (insert into "user" (email, name) values ($1, $2) returning id, email, name),
       proof as (
         insert into account (user_id, account_id, provider_id, password_hash)
         select id, id, 'credential', $3 from person
       )
     insert into session (user_id, token, expires_at, ip_address, user_agent)
     select id, gen_random_uuid(), now() + interval '7 days', '127.0.0.1', 'node' from person
     returning user_id as id, id as sid`,
    [email, name, HASH],
  );
  const iat = Math.floor(Date.now() / 1000);
  const token = forgeToken({ user_id: user.id, email, sid: user.sid, iat, exp: iat + 7 * 86_400 });
  return personOf(url, { id: user.id, email, name }, token, await forgeCookie({ token }));
}

/** Opens one more session. @throws Error when that is refused */
export async function signIn(base: string, email: string, password = PASSWORD): Promise<TestUser> {
  const answer = await request(base, "POST", "/api/auth/signin", { body: { email, password } });
  if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${answer.text}`);
  return asPerson(base, answer);
}

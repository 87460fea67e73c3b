import type { Scope } from "#app/rules/access-token-rules.ts";
import { accessTokenDigest, generateAccessToken } from "#app/services/access-token-format.server.ts";
import { queryRows } from "./sql.ts";
import { request, type TestResponse, type TestUser } from "./users.ts";

export interface TestToken {
  id: string;
  /** The token itself. */
  text: string;
  /** Calls the API with the token. */
  api(method: string, path: string, body?: unknown): Promise<TestResponse>;
}

/** Calls the API with a token. */
export const withToken =
  (base: string, token: string): TestToken["api"] =>
  (method, path, body) =>
    request(base, method, path, { body, headers: { Authorization: `Bearer ${token}` } });

/**
 * Inserts a personal access token into the database, which saves the time of a password check.
 * @param options.lifetime an SQL interval; a negative one has expired
 */
export async function insertToken(
  { url, databaseUrl }: { url: string; databaseUrl: string },
  user: Pick<TestUser, "id">,
  { scope = "tasks:write" as Scope, lifetime = "1 day" } = {},
): Promise<TestToken> {
  const text = generateAccessToken();
  const [{ id }] = await queryRows(
    databaseUrl,
    `insert into personal_access_token (user_id, name, scope, digest, expires_at)
     values ($1, 'Calendar', $2, $3, now() + cast($4 as interval)) returning id`,
    [user.id, scope, accessTokenDigest(text), lifetime],
  );
  return { id, text, api: withToken(url, text) };
}

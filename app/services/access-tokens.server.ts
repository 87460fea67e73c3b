import { AppError, notFoundError } from "#app/errors.ts";
import {
  type AccessTokenRow,
  findAccessTokens,
  insertAccessToken,
  removeAccessToken as removeRow,
} from "#app/repositories/identity/access-tokens.server.ts";
import { ACCESS_TOKENS_PER_USER_MAX } from "#app/rules/access-token-rules.ts";
import type { AccessToken, NewAccessToken } from "#app/schemas/access-token.ts";
import { accessTokenDigest, generateAccessToken } from "./access-token-format.server.ts";
import type { Client } from "./client.server.ts";
import { withHashing } from "./passwords.server.ts";
import { lockPassword, reauthenticate } from "./reauthentication.server.ts";
import { withSecondFactor } from "./second-factor.server.ts";
import { logSecurityEvent } from "./security-events.server.ts";
import type { AuthenticatedSession } from "./sessions.server.ts";

/** The public part of a token's row. */
const toAccessToken = ({ created_at, expires_at, last_used_at, ...row }: AccessTokenRow): AccessToken => ({
  ...row,
  created_at: created_at.toISOString(),
  expires_at: expires_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
});

/** The personal access tokens of a user, expired ones included, newest first. */
export async function getAccessTokens(userId: string): Promise<AccessToken[]> {
  return (await findAccessTokens(userId)).map(toAccessToken);
}

const quotaError = () =>
  new AppError(
    "QUOTA_EXCEEDED",
    `You have ${ACCESS_TOKENS_PER_USER_MAX} access tokens, which is the limit. Revoke one that you no longer use, then try again.`,
  );

/**
 * Creates a personal access token. It needs the password and, with two-step sign-in, a code: a token gives access without
 * either.
 * @returns the description and the token, which cannot be read again
 * @throws AppError INVALID_CREDENTIALS; TOTP_REQUIRED; QUOTA_EXCEEDED; RATE_LIMITED
 */
export async function createAccessToken(
  session: AuthenticatedSession,
  { name, scope, expires_in_days, password, totp_code }: NewAccessToken,
  client: Client,
): Promise<AccessToken & { token: string }> {
  const { id } = session.user;
  const hash = await withHashing("known", () => reauthenticate(session, "password", password, client));
  const token = generateAccessToken();
  const newRow = { name, scope, digest: accessTokenDigest(token), days: expires_in_days };
  const row = await withSecondFactor(session, totp_code, client, {
    // It also makes concurrent requests of a user count one after the other.
    lock: () => lockPassword(id, hash, "password"),
    async work() {
      const inserted = await insertAccessToken(id, newRow, ACCESS_TOKENS_PER_USER_MAX);
      if (!inserted) throw quotaError();
      return inserted;
    },
  });
  logSecurityEvent("access_token_created", client, { user: id, tokenId: row.id });
  return { ...toAccessToken(row), token };
}

/**
 * Revokes a personal access token: it is rejected from now on.
 * @throws AppError NOT_FOUND when the user has no such token
 */
export async function removeAccessToken(
  { user }: AuthenticatedSession,
  id: string,
  client: Client,
): Promise<void> {
  if (!(await removeRow(user.id, id))) throw notFoundError("Access token not found.");
  logSecurityEvent("access_token_revoked", client, { user: user.id, tokenId: id });
}

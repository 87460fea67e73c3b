import { validationError } from "#app/errors.ts";
import type { Client } from "./client.server.ts";
import { parseLinkToken } from "./one-time-tokens.server.ts";
import { limitTokenLookups } from "./rate-limits.server.ts";

/**
 * Parses the token of a link and counts the query for it.
 * @returns the hash; undefined for text that cannot be a token, which costs no query
 * @throws AppError RATE_LIMITED
 */
export async function parseLimitedLinkToken(
  token: string,
  { ipAddress }: Client,
): Promise<Buffer | undefined> {
  const tokenHash = parseLinkToken(token);
  if (tokenHash) await limitTokenLookups(ipAddress);
  return tokenHash;
}

/** The error for a link that is unknown, used or has expired. */
export const unusableLinkError = () =>
  validationError({ token: ["This link has expired or was used already. Ask for a new one."] });

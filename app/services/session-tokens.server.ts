import { createSecretKey, type KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import { z } from "zod";
import { env } from "#app/env.server.ts";
import { AppError } from "#app/errors.ts";
import { SESSION_SECONDS } from "#app/rules/session-rules.ts";

/** Tolerated difference between the clocks of several instances. */
const CLOCK_SKEW_SECONDS = 60;

/** The claims of a JWT. `sid` is the Better Auth session; times are seconds since 1970. */
const claimsSchema = z
  .object({
    user_id: z.uuid(),
    email: z.string(),
    sid: z.uuid(),
    iat: z.number(),
    exp: z.number(),
  })
  .refine(({ iat, exp }) => exp - iat <= SESSION_SECONDS && iat <= Date.now() / 1000 + CLOCK_SKEW_SECONDS);
export type Claims = z.output<typeof claimsSchema>;

// Cached: from a string, jsonwebtoken derives a KeyObject on each call, which takes longer than the verification.
let keys: KeyObject[] | undefined;
/** Newest first, as the secrets. */
function secretKeys(): KeyObject[] {
  keys ??= env().JWT_SECRET.map((secret) => createSecretKey(Buffer.from(secret)));
  return keys;
}

/** @returns a JWT (HS256) for this session, valid for seven days */
export function issueSessionToken(user: { id: string; email: string }, sessionId: string): string {
  const claims = { user_id: user.id, email: user.email, sid: sessionId };
  const [newest] = secretKeys() as [KeyObject];
  return jwt.sign(claims, newest, { algorithm: "HS256", expiresIn: SESSION_SECONDS });
}

/** The claims of a token, undefined without one or for an invalid one. As `verifySessionToken`, without a query. */
export function verifiedClaims(token: string | undefined): Claims | undefined {
  if (token === undefined) return undefined;
  try {
    return verifySessionToken(token);
  } catch {
    return undefined;
  }
}

/** Whether `renewed` is a valid token of the session that `token` names, which may have expired. */
export function continuesSession(token: string, renewed: string): boolean {
  const claims = jwt.decode(token);
  const sid = verifiedClaims(renewed)?.sid;
  return sid !== undefined && typeof claims === "object" && claims?.sid === sid;
}

/**
 * The claims of recently verified tokens, oldest first. Verifying the signature takes longer than the rest of the
 * authentication of an API request. The session is looked up on every request, so a sign-out takes effect at once.
 */
const claimsByToken = new Map<string, Claims>();
const REMEMBERED_TOKENS_MAX = 10_000;

function rememberClaims(token: string, claims: Claims): void {
  const [oldest] = claimsByToken.keys();
  if (oldest !== undefined && claimsByToken.size >= REMEMBERED_TOKENS_MAX) claimsByToken.delete(oldest);
  claimsByToken.set(token, claims);
}

/** Verifies with each key until one has signed the token. @throws the error of the last key */
function verifyWithAny(token: string): unknown {
  let failure: unknown;
  for (const key of secretKeys()) {
    try {
      return jwt.verify(token, key, { algorithms: ["HS256"] });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/**
 * Checks the signature and the times of a JWT, not whether its session is active. Synchronous on purpose: WebCrypto
 * would wait for libuv's threads, which bcrypt uses.
 * @throws AppError UNAUTHORIZED for a token that is malformed, forged, expired or signed with another algorithm
 */
export function verifySessionToken(token: string): Claims {
  const verified = claimsByToken.get(token);
  // A remembered token that has expired since is verified again, which rejects it.
  if (verified && Date.now() / 1000 < verified.exp) return verified;
  try {
    const claims = claimsSchema.parse(verifyWithAny(token));
    rememberClaims(token, claims);
    return claims;
  } catch (cause) {
    throw new AppError("UNAUTHORIZED", "Sign in first: the token is missing, invalid or expired.", { cause });
  }
}

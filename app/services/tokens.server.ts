import { createSecretKey, type KeyObject } from "node:crypto";
import jwt from "jsonwebtoken";
import { z } from "zod";
import { env } from "#app/env.server.ts";
import { AppError } from "#app/errors.ts";

/** How long a token, its session, and the cookie around it live. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60;

/** By how much the clocks of several instances may differ. */
const CLOCKS_APART_SECONDS = 60;

/** What a JWT of ours says. `sid` is the Better Auth session; times are seconds since 1970. */
const claimsSchema = z
  .object({
    user_id: z.uuid(),
    email: z.string(),
    sid: z.uuid(),
    iat: z.number(),
    exp: z.number(),
  })
  .refine(({ iat, exp }) => exp - iat <= SESSION_SECONDS && iat <= Date.now() / 1000 + CLOCKS_APART_SECONDS);
export type Claims = z.output<typeof claimsSchema>;

// A KeyObject, made once: from a string jsonwebtoken would derive one at each call, for longer than the check itself.
let key: KeyObject | undefined;
function secretKey(): KeyObject {
  key ??= createSecretKey(Buffer.from(env().JWT_SECRET));
  return key;
}

/** @returns a JWT (HS256) that names this session for seven days */
export function issueToken(user: { id: string; email: string }, sessionId: string): string {
  const claims = { user_id: user.id, email: user.email, sid: sessionId };
  return jwt.sign(claims, secretKey(), { algorithm: "HS256", expiresIn: SESSION_SECONDS });
}

/**
 * Checks a JWT's signature and time. Synchronous on purpose: WebCrypto would wait behind bcrypt for libuv's threads.
 * Whether its session still lives is another question.
 * @throws AppError UNAUTHORIZED when it is malformed, forged, of another algorithm, or has run out
 */
export function verifyToken(token: string): Claims {
  try {
    return claimsSchema.parse(jwt.verify(token, secretKey(), { algorithms: ["HS256"] }));
  } catch (cause) {
    throw new AppError("UNAUTHORIZED", "Sign in first: the token is missing, not valid, or has run out.", {
      cause,
    });
  }
}

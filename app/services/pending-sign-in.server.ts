import { createHash } from "node:crypto";
import { z } from "zod";
import { env } from "#app/env.server.ts";
import { createSealer, type Sealer } from "./sealing.server.ts";

/*
 * The state between the two steps of a sign-in. It is not stored: the browser keeps it, sealed. It says only that the
 * password was right, and stops doing so when the password changes.
 */

/** Time to enter the code. */
export const PENDING_SECONDS = 5 * 60;

const pendingSchema = z.object({
  user_id: z.uuid(),
  email: z.string(),
  /** A digest of the password's hash. */
  credential: z.string(),
  /** Seconds since 1970. */
  expires: z.number().refine((seconds) => seconds > Date.now() / 1000),
});
type Pending = z.output<typeof pendingSchema>;

let sealer: Sealer | undefined;
function pendingSealer(): Sealer {
  sealer ??= createSealer("tock pending sign-in", env().SESSION_SECRET);
  return sealer;
}

const digest = (hash: string): string => createHash("sha256").update(hash).digest("base64url");

/** @param hash the hash that the password was verified against */
export function sealPending(user: { id: string; email: string }, hash: string): string {
  const expires = Math.floor(Date.now() / 1000) + PENDING_SECONDS;
  const pending: Pending = { user_id: user.id, email: user.email, credential: digest(hash), expires };
  return pendingSealer().seal(JSON.stringify(pending)).toString("base64url");
}

/** @returns undefined for a token that has expired or is forged */
export function unsealPending(token: string): Pending | undefined {
  const text = pendingSealer().unseal(Buffer.from(token, "base64url"));
  return text === undefined ? undefined : pendingSchema.safeParse(JSON.parse(text)).data;
}

/** Whether the account is the one of the pending sign-in, and its password is still the one that was verified. */
export const matchesPendingSignIn = (
  pending: Pending | undefined,
  user: { id: string },
  hash: string,
): boolean => pending?.user_id === user.id && pending.credential === digest(hash);

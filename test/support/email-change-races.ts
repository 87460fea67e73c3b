import { randomUUID } from "node:crypto";
import type { AppServer } from "./app-server.ts";
import { expectError } from "./assertions.ts";
import { claimsOf } from "./forge-credentials.ts";
import { holdWrites } from "./held-writes.ts";
import { createUser, PASSWORD, signIn, type TestUser } from "./users.ts";

/** What permits a new email: the password, or in the API a session that began a moment ago. */
export const EMAIL_PROOFS = [["password"], ["recent session"]] as const;
export type EmailProof = (typeof EMAIL_PROOFS)[number][0];

export const NEW_PASSWORD = "a lighthouse by the sea";

/** Asks for a new email. */
export const requestEmail = (user: TestUser, proof: EmailProof, email = `${randomUUID()}@example.org`) =>
  user.api("PUT", "/api/auth/profile", {
    email,
    ...(proof === "password" && { current_password: PASSWORD }),
  });

/** Changes the password. */
export const changePassword = (user: TestUser) =>
  user.api("PUT", "/api/auth/profile", { current_password: PASSWORD, password: NEW_PASSWORD });

/**
 * An intruder asks for a new email. After the proof has been checked, the owner changes the password; then the request
 * goes on. It must be rejected.
 * @returns the owner
 */
export async function changePasswordDuringEmailChange(app: AppServer, proof: EmailProof): Promise<TestUser> {
  const intruder = await createUser(app);
  const owner = await signIn(app.url, intruder.email);
  const afterProof = {
    // The attempt counts as a failure until the password has been verified.
    password: `new.key = 'tock:reentry:${claimsOf(intruder.token).sid}' and new.points = 0`,
    "recent session": "new.key like 'tock:email:%'",
  };
  const held = await holdWrites(app.databaseUrl, "rate_limit", afterProof[proof]);
  const requested = requestEmail(intruder, proof);
  try {
    await held.untilHeld();
    const { status, text } = await changePassword(owner);
    if (status !== 200) throw new Error(`the password was not changed: ${status} ${text}`);
  } finally {
    await held.release();
  }
  if (proof === "password") expectError(await requested, 401, "INVALID_CREDENTIALS", ["current_password"]);
  else expectError(await requested, 401, "AUTH_INVALID");
  return owner;
}

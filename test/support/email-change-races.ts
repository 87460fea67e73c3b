import { randomUUID } from "node:crypto";
import type { AppServer } from "./app-server.ts";
import { expectError } from "./assertions.ts";
import { changePasswordAfterProof, changePasswordAtWrite, createIntrusion } from "./password-change-races.ts";
import { PASSWORD, type TestUser } from "./users.ts";

/** The proofs that authorize a new email: the password, or in the API a session that began a moment ago. */
export const EMAIL_PROOFS = [["password"], ["recent session"]] as const;
export type EmailProof = (typeof EMAIL_PROOFS)[number][0];

/** Asks for a new email. */
export const requestEmail = (user: TestUser, proof: EmailProof, email = `${randomUUID()}@example.org`) =>
  user.api("PUT", "/api/auth/profile", {
    email,
    ...(proof === "password" && { current_password: PASSWORD }),
  });

/**
 * An intruder asks for a new email. After the proof has been checked, the owner changes the password; then the request
 * goes on. It must be rejected.
 * @returns the owner
 */
export async function changePasswordDuringEmailChange(app: AppServer, proof: EmailProof): Promise<TestUser> {
  const intrusion = await createIntrusion(app);
  const { owner, intruder } = intrusion;
  const send = () => requestEmail(intruder, proof);
  if (proof === "password") {
    const response = await changePasswordAfterProof(app, intrusion, send);
    expectError(response, 401, "INVALID_CREDENTIALS", ["current_password"]);
  } else {
    const response = await changePasswordAtWrite(app, owner, send, "new.key like 'tock:email:%'");
    expectError(response, 401, "AUTH_INVALID");
  }
  return owner;
}

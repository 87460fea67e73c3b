import { codeOfStep, stepAt } from "#app/services/totp-codes.server.ts";
import { PASSWORD, type TestUser } from "./users.ts";

/** The code that an authenticator app shows now. */
export const codeNow = (secret: string): string => codeOfStep(secret, stepAt(Date.now()));

export interface TotpUser {
  secret: string;
  /** The time step of the code that turned it on. */
  step: number;
  /** The code of the next step. It is accepted at once, and for at least half a minute. */
  code: string;
  recoveryCodes: string[];
}

/** Turns on the second factor of a user through the API. @throws Error unless all responses are successful */
export async function turnOnTotp(user: TestUser): Promise<TotpUser> {
  const { secret } = (await user.api("POST", "/api/auth/totp", { password: PASSWORD })).body;
  const step = stepAt(Date.now());
  const totp_code = codeOfStep(secret, step);
  const confirmed = await user.api("POST", "/api/auth/totp/confirm", { totp_code });
  if (confirmed.status !== 200) throw new Error(`the setup returned ${confirmed.status}: ${confirmed.text}`);
  return { secret, step, code: codeOfStep(secret, step + 1), recoveryCodes: confirmed.body.recovery_codes };
}

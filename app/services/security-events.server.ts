import { log } from "#app/log.server.ts";
import type { Client } from "./client.server.ts";

export type SecurityEvent =
  | "sign_up"
  | "sign_in"
  | "sign_in_refused"
  | "password_refused"
  | "password_changed"
  | "password_reset_requested"
  | "password_reset"
  | "email_change_requested"
  | "email_changed"
  | "session_ended"
  | "other_sessions_ended"
  | "totp_enabled"
  | "totp_disabled"
  | "totp_refused"
  | "recovery_code_used"
  | "recovery_codes_renewed"
  | "access_token_created"
  | "access_token_revoked"
  | "account_deleted";

/**
 * Logs an event that an investigation of misuse needs (ASVS 16.3). It contains ids only: never an email address, which
 * may be a password typed in the wrong field, nor a password or token.
 * @param user the user's id; absent for a sign-in with an unknown address
 * @param session the id of the session that has ended
 * @param tokenId the id of the personal access token
 */
export function logSecurityEvent(
  event: SecurityEvent,
  { ipAddress, requestId }: Client,
  { user, session, tokenId }: { user?: string | undefined; session?: string; tokenId?: string } = {},
): void {
  log.info({ event, user, session, tokenId, address: ipAddress, requestId }, "security event");
}

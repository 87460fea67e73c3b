import { z } from "zod";
import { required } from "#app/rules/account-rules.ts";
import { email, newPassword } from "./account.ts";
import { matchesRule, STORABLE_PATTERN, text } from "./text.ts";

const token = text("Token")
  .superRefine(matchesRule(required("Token")))
  .meta({ minLength: 1, pattern: STORABLE_PATTERN, description: "From the link." });

export const passwordResetRequestSchema = z.strictObject({ email });
export const passwordResetSchema = z.strictObject({ token, password: newPassword });
/** The form of the page, whose address contains the token. */
export const newPasswordSchema = passwordResetSchema.omit({ token: true });

export type PasswordResetRequest = z.output<typeof passwordResetRequestSchema>;
export type PasswordReset = z.output<typeof passwordResetSchema>;

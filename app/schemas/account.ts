import { z } from "zod";
import {
  EMAIL_PATTERN,
  emailProblem,
  nameProblem,
  newPasswordProblem,
  required,
} from "#app/rules/account-rules.ts";
import { EMAIL_MAX, NAME_MAX, PASSWORD_MAX, PASSWORD_MIN } from "#app/rules/limits.ts";
import { isoTime } from "./iso-time.ts";
import { matchesRule, STORABLE_PATTERN, text, VISIBLE_PATTERN } from "./text.ts";

/** A user in API responses and on pages. Times are ISO 8601 UTC with milliseconds. */
export const userSchema = z.strictObject({
  id: z.uuid(),
  email: z.string().max(EMAIL_MAX),
  name: z.string().min(1).max(NAME_MAX),
  created_at: isoTime,
  updated_at: isoTime,
});
export type User = z.output<typeof userSchema>;

export const email = text("Email")
  .trim()
  .toLowerCase()
  .superRefine(matchesRule(emailProblem))
  .meta({ maxLength: EMAIL_MAX, pattern: EMAIL_PATTERN.source, description: "Stored in lower case." });

/** The name of a user, or of something that a user has created. */
export const nameText = text("Name")
  .trim()
  .superRefine(matchesRule(nameProblem))
  .meta({ minLength: 1, maxLength: NAME_MAX, pattern: VISIBLE_PATTERN });

/** Length only: services/passwords checks against the list of common passwords. */
export const newPassword = text("Password").superRefine(matchesRule(newPasswordProblem)).meta({
  minLength: PASSWORD_MIN,
  maxLength: PASSWORD_MAX,
  pattern: STORABLE_PATTERN,
  description: "Common, regular and personal passwords are rejected.",
});

/** An existing password. */
export const existingPassword = (label: string) =>
  text(label)
    .superRefine(matchesRule(required(label)))
    .meta({ minLength: 1, pattern: STORABLE_PATTERN });

/** A code of an authenticator app, or a recovery code. Spaces and dashes are ignored. */
export const totpCode = text("Code")
  .superRefine(matchesRule(required("Code")))
  .meta({
    minLength: 1,
    pattern: STORABLE_PATTERN,
    description: "Six digits of the authenticator app, or a recovery code.",
  });

export const signUpSchema = z.strictObject({ email, name: nameText, password: newPassword });
export const signInSchema = z.strictObject({
  email,
  password: existingPassword("Password"),
  totp_code: totpCode.optional(),
});

/** `current_password` confirms a new email; services/accounts decides whether it is needed. */
export const profileSchema = z
  .strictObject({
    name: nameText,
    email,
    current_password: text("Current password").meta({
      description: "For a new email, if the session is older than 15 minutes.",
    }),
  })
  .partial()
  .refine((changes) => "name" in changes || "email" in changes, {
    error: "Send name or email, or password with current_password.",
  })
  .meta({ minProperties: 1, dependentRequired: { current_password: ["email"] } });
export const passwordChangeSchema = z.strictObject({
  current_password: existingPassword("Current password"),
  password: newPassword,
});

export const accountDeletionSchema = z.strictObject({ password: existingPassword("Password") });

/** Both forms of `accountChangesSchema`, for the API description. */
export const documentedAccountChanges = z.union([profileSchema, passwordChangeSchema]);

/** `PUT /api/auth/profile`: a password change or a profile change, by the fields present. Both at once fail. */
export const accountChangesSchema = z.unknown().transform((value, ctx) => {
  const isPassword =
    typeof value === "object" &&
    value !== null &&
    ("password" in value || ("current_password" in value && !("email" in value)));
  const parsed = (isPassword ? passwordChangeSchema : profileSchema).safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) ctx.addIssue({ ...issue });
  return z.NEVER;
});

export type SignUp = z.output<typeof signUpSchema>;
export type SignIn = z.output<typeof signInSchema>;
export type ProfileChanges = z.output<typeof profileSchema>;
export type PasswordChange = z.output<typeof passwordChangeSchema>;
export type AccountDeletion = z.output<typeof accountDeletionSchema>;

import { z } from "zod";
import { emailProblem, nameProblem, newPasswordProblem, required } from "#app/rules/account-rules.ts";
import { matchesRule, text } from "./text.ts";

/** A user in API responses and on pages. Times are ISO 8601 UTC with milliseconds. */
export interface User {
  id: string;
  email: string;
  name: string;
  created_at: string;
  updated_at: string;
}

const email = text("Email").trim().toLowerCase().superRefine(matchesRule(emailProblem));

const name = text("Name").trim().superRefine(matchesRule(nameProblem));

/** Length only: services/passwords checks against the list of common passwords. */
const newPassword = text("Password").superRefine(matchesRule(newPasswordProblem));

/** An existing password. */
const existingPassword = (label: string) => text(label).superRefine(matchesRule(required(label)));

export const signUpSchema = z.strictObject({ email, name, password: newPassword });
export const signInSchema = z.strictObject({ email, password: existingPassword("Password") });

/** `current_password` confirms a new email; services/accounts decides whether it is needed. */
export const profileSchema = z
  .strictObject({ name, email, current_password: text("Current password") })
  .partial()
  .refine((changes) => "name" in changes || "email" in changes, {
    error: "Send name or email, or password with current_password.",
  });
export const passwordChangeSchema = z.strictObject({
  current_password: existingPassword("Current password"),
  password: newPassword,
});

export const accountDeletionSchema = z.strictObject({ password: existingPassword("Password") });

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

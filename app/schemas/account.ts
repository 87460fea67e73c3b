import { z } from "zod";
import { emailProblem, nameProblem, newPasswordProblem, required } from "#app/rules/account-rules.ts";
import { matchesRule, text } from "./text.ts";

/** What the JSON API and the pages show of an account. Times are ISO 8601 UTC with milliseconds. */
export interface User {
  id: string;
  email: string;
  name: string;
  created_at: string;
  updated_at: string;
}

const email = text("Email").trim().toLowerCase().superRefine(matchesRule(emailProblem));

const name = text("Name").trim().superRefine(matchesRule(nameProblem));

/** Whether it is too common, the accounts service judges, which has the list. */
const newPassword = text("Password").superRefine(matchesRule(newPasswordProblem));

/** A password that is being proved. */
const givenPassword = (label: string) => text(label).superRefine(matchesRule(required(label)));

export const signUpSchema = z.strictObject({ email, name, password: newPassword });
export const signInSchema = z.strictObject({ email, password: givenPassword("Password") });

export const profileSchema = z
  .strictObject({ name, email })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, {
    error: "Send name or email, or password with current_password.",
  });
export const passwordChangeSchema = z.strictObject({
  current_password: givenPassword("Current password"),
  password: newPassword,
});

export const accountDeletionSchema = z.strictObject({ password: givenPassword("Password") });

/** `PUT /api/auth/profile`: which of the two it is, the fields say; both at once is neither. */
export const accountChangesSchema = z.unknown().transform((value, ctx) => {
  const isPassword =
    typeof value === "object" && value !== null && ("password" in value || "current_password" in value);
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

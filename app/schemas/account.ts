import { z } from "zod";
import { EMAIL_MAX, NAME_MAX, PASSWORD_MAX, PASSWORD_MIN } from "./limits.ts";
import { atMost, characters, text, VISIBLE } from "./text.ts";

export { EMAIL_MAX, NAME_MAX, PASSWORD_MAX, PASSWORD_MIN };

/** What the JSON API and the pages show of an account. Times are ISO 8601 UTC with milliseconds. */
export interface User {
  id: string;
  email: string;
  name: string;
  created_at: string;
  updated_at: string;
}

const email = text("Email")
  .trim()
  .toLowerCase()
  .min(1, "Email is required.")
  .max(EMAIL_MAX, `Email can be at most ${EMAIL_MAX} characters long.`)
  .pipe(z.email("Email must look like name@example.org."));

const name = text("Name")
  .trim()
  .regex(VISIBLE, "Name is required.")
  .refine(...atMost(NAME_MAX, "Name"));

/**
 * A password that is being chosen. Never trimmed: blanks are characters like any other. Whether it is too common is
 * judged by the accounts service, so that the list of common passwords stays out of the browser.
 */
const newPassword = text("Password")
  .refine((value) => characters(value) >= PASSWORD_MIN, {
    error: `Password must be at least ${PASSWORD_MIN} characters long.`,
  })
  .refine(...atMost(PASSWORD_MAX, "Password"));

/** A password that is being proved: only its presence matters, a wrong one is told by the answer. */
const givenPassword = (label: string) => text(label).min(1, `${label} is required.`);

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

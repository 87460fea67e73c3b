import { EMAIL_MAX, NAME_MAX, PASSWORD_MAX, PASSWORD_MIN } from "./limits.ts";
import { countCharacters, lengthProblem, type Rule, VISIBLE_CHARACTER } from "./text-rules.ts";

/** The pattern of z.email(), without Zod in the browser. A test compares the two. */
export const EMAIL_PATTERN =
  /^(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;

/** Requires any value. For a current password: only the server can check it. */
export const required =
  (label: string): Rule =>
  (value) =>
    value ? undefined : `Enter your ${label.toLowerCase()}.`;

export const emailProblem: Rule = (value) => {
  const email = value.trim();
  if (!email) return "Enter your email.";
  return (
    lengthProblem(email, EMAIL_MAX) ??
    (EMAIL_PATTERN.test(email) ? undefined : "Enter an address like name@example.org.")
  );
};

/** The name of a user, or of an access token. */
export const nameProblem: Rule = (value) =>
  VISIBLE_CHARACTER.test(value) ? lengthProblem(value.trim(), NAME_MAX) : "Enter a name.";

/** The length of a new password. Passwords are never trimmed: spaces count. */
export const newPasswordProblem: Rule = (value) =>
  countCharacters(value) < PASSWORD_MIN
    ? `Use at least ${PASSWORD_MIN} characters.`
    : lengthProblem(value, PASSWORD_MAX);

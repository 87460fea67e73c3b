import { EMAIL_MAX, NAME_MAX, PASSWORD_MAX, PASSWORD_MIN } from "./limits.ts";
import { countCharacters, lengthProblem, type Rule, VISIBLE_CHARACTER } from "./text-rules.ts";

/** Zod's own pattern, without Zod; a test holds the two together. */
const ADDRESS =
  /^(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;

/** Only its presence matters: what is proved, such as a password, is judged by the answer. */
export const required =
  (label: string): Rule =>
  (value) =>
    value ? undefined : `${label} is required.`;

export const emailProblem: Rule = (value) => {
  const email = value.trim();
  if (!email) return "Email is required.";
  return (
    lengthProblem(email, EMAIL_MAX, "Email") ??
    (ADDRESS.test(email) ? undefined : "Email must look like name@example.org.")
  );
};

export const nameProblem: Rule = (value) =>
  VISIBLE_CHARACTER.test(value) ? lengthProblem(value.trim(), NAME_MAX, "Name") : "Name is required.";

/** A password that is being chosen. Never trimmed: blanks are characters like any other. */
export const newPasswordProblem: Rule = (value) =>
  countCharacters(value) < PASSWORD_MIN
    ? `Password must be at least ${PASSWORD_MIN} characters long.`
    : lengthProblem(value, PASSWORD_MAX, "Password");

import { newPasswordProblem } from "#app/rules/account-rules.ts";
import { PASSWORD_MIN } from "#app/rules/limits.ts";
import { type PasswordOwner, weakPasswordProblem } from "#app/rules/password-strength.ts";
import { countCharacters } from "#app/rules/text-rules.ts";

const ACCEPTED = "Good: long enough and not on the list of common passwords.";

/**
 * The hint for a password during input, by the same rules as the server's.
 * @param commonPasswords undefined until the list has been loaded
 * @returns undefined if there is nothing to report
 */
export function passwordHint(
  password: string,
  owner: PasswordOwner,
  commonPasswords: ReadonlySet<string> | undefined,
): string | undefined {
  if (!password) return undefined;
  const missing = PASSWORD_MIN - countCharacters(password);
  if (missing > 0) return missing === 1 ? "1 more character needed." : `${missing} more characters needed.`;
  const problem =
    newPasswordProblem(password) ??
    (commonPasswords && weakPasswordProblem(password, owner, commonPasswords));
  if (problem) return problem;
  // Without its outer blanks the password may be shorter than the minimum, and only the server lists those.
  return commonPasswords && countCharacters(password.trim()) >= PASSWORD_MIN ? ACCEPTED : undefined;
}

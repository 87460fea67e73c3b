import { newPasswordProblem } from "#app/rules/account-rules.ts";
import { PASSWORD_MIN } from "#app/rules/limits.ts";
import { type PasswordOwner, weakPasswordProblem } from "#app/rules/password-strength.ts";
import { countCharacters } from "#app/rules/text-rules.ts";

const GOOD = "Good: long enough and not on the list of common passwords.";

/**
 * What to say of a password while it is being chosen: just what the server would.
 * @param common those of the commonest that are long enough to be chosen, or undefined while they are not here
 * @returns undefined as long as there is nothing to say
 */
export function passwordHint(
  password: string,
  chooser: PasswordOwner,
  common: ReadonlySet<string> | undefined,
): string | undefined {
  if (!password) return undefined;
  const missing = PASSWORD_MIN - countCharacters(password);
  if (missing > 0) return missing === 1 ? "1 more character needed." : `${missing} more characters needed.`;
  const problem = newPasswordProblem(password) ?? (common && weakPasswordProblem(password, chooser, common));
  if (problem) return problem;
  // Without the blanks around it it may be one of the short ones, of which only the server has a list.
  return common && countCharacters(password.trim()) >= PASSWORD_MIN ? GOOD : undefined;
}

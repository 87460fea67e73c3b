/** The account that a password is for. */
export interface PasswordOwner {
  email: string;
  name: string;
}

const APP_NAME = "tock";
/** Shorter names occur inside too many words. */
const NAME_LENGTH_MIN = 3;
/** Additional characters that do not make a name a good password, such as a final digit. */
const EXTRA_CHARACTERS_MAX = 2;
/** Longer repetitions and sequences are not among an attacker's first guesses. */
const PATTERN_LENGTH_MAX = 16;

/**
 * Explains why a new password is easy to guess: it is common in leaked lists (OWASP ASVS 5.0, 6.2.4), it is a repetition
 * or a sequence, or it is only the account's email address, its local part, its name, or the name of this app (6.2.11).
 * @param common in lower case
 * @returns undefined for an acceptable password
 */
export function weakPasswordProblem(
  password: string,
  owner: PasswordOwner,
  common: ReadonlySet<string>,
): string | undefined {
  const plain = password.trim().toLowerCase();
  if (common.has(plain)) return "That password is too common and easy to guess. Choose another.";
  const email = owner.email.trim().toLowerCase();
  const localPart = email.split("@")[0] ?? "";
  if (email && (plain === email || plain === localPart))
    return "Your password can't be your own email address. Choose another.";
  if (isPattern(password))
    return "That password is only a repetition or a sequence, so it's easy to guess. Choose another.";
  if (isOnlyNames(password, [owner.name, ...owner.name.split(/\s/), localPart, APP_NAME]))
    return "Your password can't be only your name or the name of this app. Choose another.";
  return undefined;
}

/** Whether a password repeats one part, or is at most two runs of equal, ascending or descending characters. */
function isPattern(password: string): boolean {
  const codes = [...password.toLowerCase()].map((character) => character.codePointAt(0) ?? 0);
  if (codes.length > PATTERN_LENGTH_MAX) return false;
  for (let period = 1; period <= codes.length / 2; period += 1)
    if (codes.every((code, index) => index < period || code === codes[index - period])) return true;
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  const continued = steps.filter((step, index) => Math.abs(step) <= 1 && step === steps[index - 1]);
  return continued.length >= codes.length - 4;
}

/** Whether a password consists of names and at most EXTRA_CHARACTERS_MAX other letters and digits. */
function isOnlyNames(password: string, names: string[]): boolean {
  const whole = lettersAndDigits(password);
  const words = names.map(lettersAndDigits).filter((word) => word.length >= NAME_LENGTH_MIN);
  const rest = words
    .sort((a, b) => b.length - a.length)
    .reduce((left, word) => left.replaceAll(word, ""), whole);
  return rest !== whole && rest.length <= EXTRA_CHARACTERS_MAX;
}

const lettersAndDigits = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");

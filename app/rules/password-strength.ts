/** Whose password it is to be. */
export interface PasswordOwner {
  email: string;
  name: string;
}

const PRODUCT = "tock";
/** Shorter names are within too many words. */
const NAME_LEAST = 3;
/** What may stand beside a name and still be nothing, such as a digit at its end. */
const BESIDE_MOST = 2;
/** A longer repeat or run is not guessed before other passwords. */
const REGULAR_MOST = 16;

/**
 * Says why a password that is being chosen would be guessed first: it is of the commonest of leaked lists (OWASP ASVS
 * 5.0, 6.2.4), it repeats itself or runs through letters or digits, or it is but the account's own address, all of it or
 * what stands before the @, its name, or the name of this app (6.2.11).
 * @param common in lower case
 */
export function weakPasswordProblem(
  password: string,
  chooser: PasswordOwner,
  common: ReadonlySet<string>,
): string | undefined {
  const plain = password.trim().toLowerCase();
  if (common.has(plain))
    return "Password is one of the commonest, so it would be guessed first. Choose another.";
  const address = chooser.email.trim().toLowerCase();
  const beforeAt = address.split("@")[0] ?? "";
  if (address && (plain === address || plain === beforeAt))
    return "Password must not be your own email address. Choose another.";
  if (isRegular(password))
    return "Password only repeats or counts, so it would be guessed first. Choose another.";
  if (isNames(password, [chooser.name, ...chooser.name.split(/\s/), beforeAt, PRODUCT]))
    return "Password must not be just your name, or ours. Choose another.";
  return undefined;
}

/** Whether it is one thing again and again, or two runs at most: letters or digits that stay, climb or fall by one. */
function isRegular(password: string): boolean {
  const codes = [...password.toLowerCase()].map((character) => character.codePointAt(0) ?? 0);
  if (codes.length > REGULAR_MOST) return false;
  for (let period = 1; period <= codes.length / 2; period += 1)
    if (codes.every((code, at) => at < period || code === codes[at - period])) return true;
  const steps = codes.slice(1).map((code, at) => code - (codes[at] ?? 0));
  const kept = steps.filter((step, at) => Math.abs(step) <= 1 && step === steps[at - 1]);
  return kept.length >= codes.length - 4;
}

/** Whether names are all there is to it. */
function isNames(password: string, names: string[]): boolean {
  const whole = bare(password);
  const words = names.map(bare).filter((word) => word.length >= NAME_LEAST);
  const rest = words
    .sort((a, b) => b.length - a.length)
    .reduce((left, word) => left.replaceAll(word, ""), whole);
  return rest !== whole && rest.length <= BESIDE_MOST;
}

/** Letters and digits alone, in one spelling. */
const bare = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");

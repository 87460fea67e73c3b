/**
 * Says why a password that is being chosen would be guessed first: it is of the commonest of leaked lists (OWASP ASVS
 * 5.0, 6.2.4), or the account's own address, all of it or what stands before the @ (6.2.11).
 * @param common in lower case
 */
export function poorPasswordProblem(
  password: string,
  email: string,
  common: ReadonlySet<string>,
): string | undefined {
  const plain = password.trim().toLowerCase();
  if (common.has(plain))
    return "Password is one of the commonest, so it would be guessed first. Choose another.";
  const address = email.trim().toLowerCase();
  if (address && (plain === address || plain === address.split("@")[0]))
    return "Password must not be your own email address. Choose another.";
  return undefined;
}

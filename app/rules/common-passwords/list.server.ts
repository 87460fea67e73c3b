import { dictionary } from "@zxcvbn-ts/language-common";

/** The commonest passwords of leaked lists, in lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(
  (dictionary["passwords-common"] as string[]).map((one) => one.toLowerCase()),
);

import { dictionary } from "@zxcvbn-ts/language-common";

/** The most common passwords of leaked lists, in lower case. */
export const commonPasswords: ReadonlySet<string> = new Set(
  (dictionary["passwords-common"] as string[]).map((password) => password.toLowerCase()),
);

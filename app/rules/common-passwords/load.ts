import { unpackWords } from "./word-list.ts";

let list: Promise<ReadonlySet<string>> | undefined;

/** Loads the common passwords of at least PASSWORD_MIN characters (50 kB), once. */
export function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  list ??= import("virtual:common-passwords").then((file) => unpackWords(file.default));
  return list;
}

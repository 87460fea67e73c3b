import { unpackWords } from "./word-list.ts";

let list: Promise<ReadonlySet<string>> | undefined;

/** Those of the commonest passwords that are long enough to be chosen: 50 kB, loaded when first asked for. */
export function loadCommonPasswords(): Promise<ReadonlySet<string>> {
  list ??= import("virtual:common-passwords").then((file) => unpackWords(file.default));
  return list;
}

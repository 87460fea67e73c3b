import type { Plugin } from "vite";
import { PASSWORD_MIN } from "#app/rules/limits.ts";
import { commonPasswords } from "./list.server.ts";
import { packWords } from "./word-list.ts";

const ID = "virtual:common-passwords";

/**
 * Gives the browser the server's list of common passwords, made at the build: a file that is only asked for where a
 * password is chosen. Without the words that are too short to be chosen at all, which are two thirds.
 */
export const commonPasswordsPlugin: Plugin = {
  name: "tock:common-passwords",
  resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
  load(id) {
    if (id !== `\0${ID}`) return undefined;
    const choosable = [...commonPasswords].filter((word) => word.length >= PASSWORD_MIN);
    return `export default ${JSON.stringify(packWords(choosable))}`;
  },
};

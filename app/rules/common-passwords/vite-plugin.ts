import type { Plugin } from "vite";
import { PASSWORD_MIN } from "#app/rules/limits.ts";
import { commonPasswords } from "./list.server.ts";
import { packWords } from "./word-list.ts";

const ID = "virtual:common-passwords";

/**
 * Builds the browser's list of common passwords from the server's, as a chunk that only forms with a new password load.
 * Leaves out words shorter than PASSWORD_MIN, which are two thirds.
 */
export const commonPasswordsPlugin: Plugin = {
  name: "tock:common-passwords",
  resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
  load(id) {
    if (id !== `\0${ID}`) return undefined;
    const longEnough = [...commonPasswords].filter((word) => word.length >= PASSWORD_MIN);
    return `export default ${JSON.stringify(packWords(longEnough))}`;
  },
};

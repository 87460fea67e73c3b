import type { Plugin } from "vite";
import { type Cut, cuts } from "./cuts.ts";

/** What the cuts leave out: in the browser it would not work. */
const LEFT_OUT = /\b(useBlocker|unstable_usePrompt|Await|clientLoader|HydrateFallback)\b|\sprefetch=/;

/** Puts another body into a function. These sources are formatted: it ends with the first brace that stands as far in. */
function withBody(code: string, name: string, body: string): string {
  const whole = new RegExp(`^( *)((?:async )?function ${name}\\([^)]*\\) \\{)\\n[\\s\\S]*?^\\1\\}$`, "m");
  return code.replace(whole, (_, indent: string, head: string) => `${indent}${head} ${body} }`);
}

/** @throws Error when there is nothing to cut: the package is another one now, and somebody has to look at it */
function lean(source: string, { file, bodies = {}, texts = [] }: Cut): string {
  let code = source;
  const cut = (what: string, after: string) => {
    if (after === code) throw new Error(`vite/cuts.ts: there is no ${what} in ${file} any more`);
    code = after;
  };
  for (const [name, body] of Object.entries(bodies)) cut(`function ${name}`, withBody(code, name, body));
  for (const [find, put] of texts) cut(String(find), code.replaceAll(find, put));
  return code;
}

/** The browser's bundle without what its pages never come to (cuts.ts). */
export function leanClient(): Plugin {
  return {
    name: "tock:lean-client",
    enforce: "pre",
    apply: (_config, { command, isSsrBuild }) => command === "build" && !isSsrBuild,
    transform(code, id) {
      const [, file] = /\/node_modules\/(.*)$/.exec(id) ?? [];
      if (!file) {
        const [used] = LEFT_OUT.exec(code) ?? [];
        if (used && /\/app\/.*\.tsx?$/.test(id))
          this.error(`${used.trim()} is not in the browser's bundle: vite/cuts.ts`);
        return null;
      }
      const found = cuts.find((cut) => cut.file === file);
      return found ? { code: lean(code, found), map: null } : null;
    },
  };
}

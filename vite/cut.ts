import type { Plugin } from "vite";

/** A change to the text of a package's file, as it is built. */
export interface Cut {
  /** Below node_modules. */
  file: string;
  /** Functions by name, with the body that is put in place of theirs. */
  bodies?: Record<string, string>;
  /** Texts, wherever they stand, with what is put in their place. */
  texts?: [find: string | RegExp, put: string][];
}

/** Puts another body into a function. These sources are formatted: it ends with the first brace that stands as far in. */
function withBody(code: string, name: string, body: string): string {
  const whole = new RegExp(`^( *)((?:async )?function ${name}\\([^)]*\\) \\{)\\n[\\s\\S]*?^\\1\\}$`, "m");
  return code.replace(whole, (_, indent: string, head: string) => `${indent}${head} ${body} }`);
}

const lookAtIt = (what: string) => new Error(`vite/cuts.ts: there is no ${what} any more`);

function applyCut(source: string, { file, bodies = {}, texts = [] }: Cut): string {
  let code = source;
  const cut = (what: string, after: string) => {
    if (after === code) throw lookAtIt(`${what} in ${file}`);
    code = after;
  };
  for (const [name, body] of Object.entries(bodies)) cut(`function ${name}`, withBody(code, name, body));
  for (const [find, put] of texts) cut(String(find), code.replaceAll(find, put));
  return code;
}

/**
 * Applies the cuts to one of the two builds. It fails when there is nothing to cut: the package is another one now, and
 * somebody has to look at it.
 */
export function cutting(name: string, cuts: Cut[], build: "browser" | "server"): Plugin {
  const left = new Set(cuts);
  return {
    name: `tock:${name}`,
    enforce: "pre",
    apply: (_config, { command, isSsrBuild = false }) =>
      command === "build" && isSsrBuild === (build === "server"),
    transform(code, id) {
      const cut = cuts.find(({ file }) => id.endsWith(`/node_modules/${file}`));
      if (!cut) return null;
      left.delete(cut);
      return { code: applyCut(code, cut), map: null };
    },
    buildEnd(error) {
      const [cut] = left;
      if (cut && !error) throw lookAtIt(cut.file);
    },
  };
}

import type { Plugin } from "vite";

const LEFT_OUT = /\b(useBlocker|unstable_usePrompt|Await|clientLoader|HydrateFallback)\b|\sprefetch=/;

/** Stops a build whose own code uses what vite/cuts.ts leaves out of the browser's scripts: there it would not work. */
export const leftOut: Plugin = {
  name: "tock:left-out",
  enforce: "pre",
  apply: (_config, { command, isSsrBuild }) => command === "build" && !isSsrBuild,
  transform(code, id) {
    const [used] = /\/app\/.*\.tsx?$/.test(id) ? (LEFT_OUT.exec(code) ?? []) : [];
    if (used) this.error(`${used.trim()} is not in the browser's bundle: vite/cuts.ts`);
    return null;
  },
};

import { gzipSync } from "node:zlib";
import { rawRequest } from "./raw-request.ts";

interface PageFile {
  path: string;
  text: string;
  /** As gzip packs it at its best. */
  bytes: number;
}

export interface BundleSize {
  scripts: PageFile[];
  styles: PageFile[];
}

/** Everything that a page makes a browser load at once: what its HTML names, and what those scripts import in turn. */
export async function measureBundle(base: string, path: string, cookie = ""): Promise<BundleSize> {
  const page = await rawRequest(base, "GET", path, { headers: cookie ? { Cookie: cookie } : {} });
  if (page.status !== 200) throw new Error(`${path} answered ${page.status}`);
  const named = page.text.match(/\/assets\/[\w.$~-]+\.(js|css)\b/g) ?? [];
  const files = new Map<string, PageFile>();
  const load = async (path: string): Promise<void> => {
    if (files.has(path)) return;
    files.set(path, { path, text: "", bytes: 0 });
    const { text } = await rawRequest(base, "GET", path);
    files.set(path, { path, text, bytes: gzipSync(text, { level: 9 }).length });
    // `import(…)` is not among them: that comes when it is needed.
    for (const [, name] of text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([\w.$~-]+\.js)"/g))
      await load(`/assets/${name}`);
  };
  for (const path of named) await load(path);
  const heaviest = [...files.values()].sort((a, b) => b.bytes - a.bytes);
  return {
    scripts: heaviest.filter(({ path }) => path.endsWith(".js")),
    styles: heaviest.filter(({ path }) => path.endsWith(".css")),
  };
}

export const totalBytes = (files: PageFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

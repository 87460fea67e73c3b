import { gzipSync } from "node:zlib";
import { rawRequest } from "./raw-request.ts";

interface PageFile {
  path: string;
  text: string;
  /** The size after gzip at level 9. */
  bytes: number;
}

export interface BundleSize {
  scripts: PageFile[];
  styles: PageFile[];
}

/** Sent without another cookie: a document for a request without any cookie contains the style sheet. */
const RETURNING_COOKIE = "returning=1";

/** Measures what a page loads at once: the scripts and styles that its HTML names, and their static imports. */
export async function measureBundle(base: string, path: string, cookie = ""): Promise<BundleSize> {
  const page = await rawRequest(base, "GET", path, { headers: { Cookie: cookie || RETURNING_COOKIE } });
  if (page.status !== 200) throw new Error(`${path} returned ${page.status}`);
  const linked = page.text.match(/\/assets\/[\w.$~-]+\.(js|css)\b/g) ?? [];
  const files = new Map<string, PageFile>();
  const load = async (path: string): Promise<void> => {
    if (files.has(path)) return;
    files.set(path, { path, text: "", bytes: 0 });
    const { text } = await rawRequest(base, "GET", path);
    files.set(path, { path, text, bytes: gzipSync(text, { level: 9 }).length });
    // A dynamic `import(…)` loads later, so it does not count.
    for (const [, name] of text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([\w.$~-]+\.js)"/g))
      await load(`/assets/${name}`);
  };
  for (const path of linked) await load(path);
  const largestFirst = [...files.values()].sort((a, b) => b.bytes - a.bytes);
  return {
    scripts: largestFirst.filter(({ path }) => path.endsWith(".js")),
    styles: largestFirst.filter(({ path }) => path.endsWith(".css")),
  };
}

export const totalBytes = (files: PageFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

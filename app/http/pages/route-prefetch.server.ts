import type { EntryContext } from "@remix-run/node";

type Manifest = EntryContext["manifest"];

let cached: { version: string; header: string } | undefined;

/**
 * A `Link` header that prefetches the scripts of all pages, a few kilobytes. When a route's script cannot be loaded, Remix
 * reloads the document, and offline that replaces the page, and the text typed in it, with the browser's error page.
 */
export function routePrefetchHeader({ routes, version }: Manifest): string {
  if (cached?.version !== version) {
    // Resource routes have no error boundary and no script.
    const pages = Object.values(routes).filter((route) => route.hasErrorBoundary);
    const files = new Set(pages.flatMap(({ module, imports = [] }) => [module, ...imports]));
    cached = { version, header: [...files].map((file) => `<${file}>; rel=prefetch; as=script`).join(", ") };
  }
  return cached.header;
}

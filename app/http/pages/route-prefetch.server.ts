import type { ServerBuild } from "@remix-run/node";

/**
 * Returns a `Link` header that prefetches the scripts of all pages, a few kilobytes. When a route's script cannot be
 * loaded, Remix reloads the document, and offline that replaces the page, and the text typed in it, with the browser's
 * error page.
 */
export function routePrefetchHeader({ routes }: ServerBuild["assets"]): string {
  // Resource routes have no error boundary and no script.
  const pages = Object.values(routes).filter((route) => route.hasErrorBoundary);
  const files = new Set(pages.flatMap(({ module, imports = [] }) => [module, ...imports]));
  return [...files].map((file) => `<${file}>; rel=prefetch; as=script`).join(", ");
}

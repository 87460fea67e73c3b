import { useEffect } from "react";
import { PAGE_SCRIPTS_PATH } from "#app/page-data/page-scripts-path.ts";

async function preloadPages(): Promise<void> {
  const response = await fetch(PAGE_SCRIPTS_PATH);
  for (const href of await response.json())
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
}

/**
 * Loads the scripts of all pages and those that they load on demand, about 27 kB after gzip, after those of the current
 * page. When a route's script cannot be loaded, Remix reloads the document. Without a connection, that replaces the page,
 * and the text typed in it, with the browser's error page.
 */
export function usePagePreload(): void {
  useEffect(() => {
    // Without the scripts, a navigation loads its own. The development server has many more of them.
    if (import.meta.env.PROD) preloadPages().catch(() => undefined);
  }, []);
}

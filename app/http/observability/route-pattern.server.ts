import type { ServerBuild } from "@remix-run/node";
import { routePath } from "#app/http/remix-routes.server.ts";
import { PAGE_SCRIPTS_PATH } from "#app/page-data/page-scripts-path.ts";

/**
 * Creates a function that finds the route pattern of a path, such as `/tasks/:id`. Metrics and logs use patterns, because
 * paths contain ids and are unlimited in number.
 * @returns "static" for built files and the list of page scripts, "other" for unknown paths
 */
export function createRoutePattern(build: ServerBuild): (path: string) => string {
  const patterns = Object.values(build.routes).map((route) => routePath(route, build.routes) || "/");
  const fixed = new Set(patterns.filter((pattern) => !/[:*]/.test(pattern)));
  const dynamic = patterns
    .filter((pattern) => pattern.includes(":"))
    .map((pattern) => [new RegExp(`^${pattern.replace(/:\w+/g, "[^/]+")}$`), pattern] as const);
  return (path) => {
    // Remix requests the data of a page under its path with this suffix.
    const page = path.endsWith(".data") ? path.slice(0, -".data".length) : path;
    if (fixed.has(page)) return page;
    const found = dynamic.find(([expression]) => expression.test(page));
    if (found) return found[1];
    if (page === "/_root") return "/";
    return path.startsWith("/assets/") || path === PAGE_SCRIPTS_PATH ? "static" : "other";
  };
}

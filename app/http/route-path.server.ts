import type { ServerBuild } from "@remix-run/node";

type Routes = ServerBuild["routes"];

/** Returns the full path of a route in Hono's syntax: parameters as `:id`, a splat as `*`; "" for the root. */
export function routePath(route: Routes[string], routes: Routes): string {
  const parent = route.parentId ? routes[route.parentId] : undefined;
  const parentPath = parent ? routePath(parent, routes) : "";
  return route.path ? `${parentPath}/${route.path}` : parentPath;
}

import type { ServerBuild } from "@remix-run/node";

export type RemixRoutes = ServerBuild["routes"];
export type RemixRoute = RemixRoutes[string];

/** Returns the full path of a route in Hono's syntax: parameters as `:id`, a splat as `*`; "" for the root. */
export function routePath(route: RemixRoute, routes: RemixRoutes): string {
  const parent = route.parentId ? routes[route.parentId] : undefined;
  const parentPath = parent ? routePath(parent, routes) : "";
  return route.path ? `${parentPath}/${route.path}` : parentPath;
}

/** Whether a route answers without a page: it has a loader and an action, and no component. */
export const isResourceRoute = ({ module }: RemixRoute): boolean =>
  Boolean(module.loader && module.action) && !("default" in module);

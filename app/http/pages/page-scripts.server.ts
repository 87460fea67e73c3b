import type { ServerBuild } from "@remix-run/node";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "#app/http/app-env.ts";
import { isResourceRoute } from "#app/http/remix-routes.server.ts";

/** Serves the URL paths of the scripts of all pages, as a JSON array. */
export function pageScripts({ routes, assets }: ServerBuild): MiddlewareHandler<AppEnv> {
  const pages = Object.values(routes).filter((route) => !isResourceRoute(route));
  const scripts = pages.flatMap(({ id }) => {
    const { module, imports = [] } = assets.routes[id] ?? {};
    return module ? [module, ...imports] : [];
  });
  const paths = [...new Set(scripts)];
  // Another release may have other scripts.
  return async (c) => c.json(paths, 200, { "Cache-Control": "no-cache" });
}

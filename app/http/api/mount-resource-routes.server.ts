import type { AppLoadContext, ServerBuild } from "@remix-run/node";
import type { Hono } from "hono";
import type { AppContext, AppEnv } from "#app/http/app-env.ts";
import { isResourceRoute, routePath } from "#app/http/remix-routes.server.ts";
import type { RequestContext } from "#app/http/request-context.ts";

/**
 * Mounts resource routes (routes without a component) so that Hono calls them directly. Remix's router matches each
 * request twice and copies it for each call, which costs more than the call itself. The routes are ordinary Remix
 * modules and answer the same under Remix's router.
 */
export function mountResourceRoutes(
  app: Hono<AppEnv>,
  build: ServerBuild,
  createContext: (c: AppContext) => RequestContext,
): void {
  for (const route of Object.values(build.routes)) {
    const { loader, action } = route.module;
    if (!isResourceRoute(route) || !loader || !action) continue;
    const path = routePath(route, build.routes);
    // A splat also matches the path without it.
    const paths = path.endsWith("/*") ? [path.slice(0, -2), path] : [path];
    for (const mounted of paths) {
      app.all(mounted, async (c) => {
        const { method, raw } = c.req;
        const isRead = method === "GET" || method === "HEAD";
        const handle = isRead ? loader : action;
        // Only pages read the page session: resource routes authenticate in their guards.
        const context = createContext(c) as AppLoadContext;
        return (await handle({ request: raw, params: c.req.param(), context })) as Response;
      });
    }
  }
}

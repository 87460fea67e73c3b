import type { ServerBuild } from "@remix-run/node";
import type { Context, Hono } from "hono";
import type { AppEnv } from "#app/http/middleware/request-validation.server.ts";
import type { RequestContext } from "#app/http/request-context.ts";

type Route = ServerBuild["routes"][string];
type ToContext = (c: Context<AppEnv>) => RequestContext;

/** The whole path of a route, through its parents, as Hono writes it: `:id` stays, a splat is `*`. */
function pathOf(route: Route, routes: ServerBuild["routes"]): string {
  const parent = route.parentId ? routes[route.parentId] : undefined;
  const above = parent ? pathOf(parent, routes) : "";
  return route.path ? `${above}/${route.path}` : above;
}

/**
 * Calls resource routes (those without a component) straight from the build's route table. Remix's own router would
 * match every route twice and copy the request for each call, which costs more than the call itself. The routes are
 * ordinary Remix modules: they answer the same under its router.
 */
export function mountResourceRoutes(app: Hono<AppEnv>, build: ServerBuild, toContext: ToContext): void {
  const resources = Object.values(build.routes).filter((route) => !("default" in route.module));
  for (const route of resources) {
    const { loader, action } = route.module;
    if (!loader || !action) continue;
    const path = pathOf(route, build.routes);
    const paths = path.endsWith("/*") ? [path.slice(0, -2), path] : [path];
    for (const at of paths) {
      app.all(at, async (c) => {
        const args = {
          request: c.req.raw,
          params: c.req.param() as Record<string, string>,
          context: toContext(c),
        };
        const { method } = c.req;
        const response = (await (method === "GET" || method === "HEAD"
          ? loader(args)
          : action(args))) as Response;
        return method === "HEAD" ? new Response(null, response) : response;
      });
    }
  }
}

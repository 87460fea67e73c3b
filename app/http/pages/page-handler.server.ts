import { createRequestHandler, type RequestHandler, type ServerBuild } from "@remix-run/node";
import {
  isResourceRoute,
  type RemixRoute,
  type RemixRoutes,
  routePath,
} from "#app/http/remix-routes.server.ts";

/** The part of a path before its second slash, without the suffix of the requests for a page's data. */
const firstSegment = (path: string): string => path.replace(/\.data$/, "").split("/", 2)[1] ?? "";

/** Whether a segment of a route's path has one value: it is neither a parameter nor a splat, nor optional. */
const isFixed = (segment: string): boolean => segment !== "" && !/[:*?]/.test(segment);

/**
 * Creates Remix's handler for the pages of a build. Remix compares the path of a page with all routes of its build about
 * four times. So every first segment of a path has a handler with only the routes that can match it; all other paths have
 * one with all pages.
 */
export function createPageHandler(build: ServerBuild, mode: string): RequestHandler {
  const pages = Object.values(build.routes).filter((route) => !isResourceRoute(route));
  const segmentOf = (route: RemixRoute) => firstSegment(routePath(route, build.routes));
  const handlerOf = (routes: RemixRoute[]) => createRequestHandler(withRoutes(build, routes), mode);
  const handlers = new Map(
    [...new Set(pages.map(segmentOf).filter(isFixed))].map((segment) => {
      const canMatch = (route: RemixRoute) => segmentOf(route) === segment || !isFixed(segmentOf(route));
      return [segment, handlerOf(pages.filter(canMatch))];
    }),
  );
  const anyPage = handlerOf(pages);
  return (request, context) => {
    const handle = handlers.get(firstSegment(new URL(request.url).pathname)) ?? anyPage;
    return handle(request, context);
  };
}

/** @param routes must contain the parents of each route */
function withRoutes(build: ServerBuild, routes: RemixRoute[]): ServerBuild {
  const ids = new Set(routes.map(({ id }) => id));
  const only = <R>(all: Record<string, R>) =>
    Object.fromEntries(Object.entries(all).filter(([id]) => ids.has(id)));
  return {
    ...build,
    routes: only<RemixRoutes[string]>(build.routes),
    assets: { ...build.assets, routes: only(build.assets.routes) },
  };
}

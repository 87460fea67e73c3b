import type { ServerBuild } from "@remix-run/node";
import { Hono } from "hono";
import { env } from "#app/env.server.ts";
import { notFoundError } from "#app/errors.ts";
import { PAGE_SCRIPTS_PATH } from "#app/page-data/page-scripts-path.ts";
import { mountResourceRoutes } from "./api/mount-resource-routes.server.ts";
import type { AppContext, AppEnv } from "./app-env.ts";
import { resolvePageSession } from "./auth/page-session.server.ts";
import { limitBody } from "./middleware/body-limit.server.ts";
import { compressResponse } from "./middleware/compression.server.ts";
import { hasBody, limitPages } from "./middleware/page-limit.server.ts";
import { validateRequest } from "./middleware/request-validation.server.ts";
import { securityHeaders } from "./middleware/security-headers.server.ts";
import { type MeasureQueries, serverTiming } from "./middleware/server-timing.server.ts";
import { staticFiles } from "./middleware/static-files.server.ts";
import { logRequests } from "./observability/access-log.server.ts";
import { processMetrics } from "./observability/metrics.server.ts";
import { observeRequests } from "./observability/observe-requests.server.ts";
import { createPageHandler } from "./pages/page-handler.server.ts";
import { pageScripts } from "./pages/page-scripts.server.ts";
import type { RequestContext } from "./request-context.ts";
import { isApiPath } from "./responses/api-path.ts";
import { errorResponse, jsonError, toAppError } from "./responses/error-response.server.ts";

const USER_AGENT_MAX_CHARACTERS = 500;

function createRequestContext(c: AppContext): RequestContext {
  return {
    requestId: c.get("requestId"),
    accessRecord: c.get("accessRecord"),
    origin: c.get("origin"),
    nonce: c.get("nonce"),
    closeConnection: () => c.env.outgoing.destroy(),
    client: {
      ipAddress: c.get("ipAddress"),
      requestId: c.get("requestId"),
      userAgent: (c.req.header("User-Agent") ?? "").slice(0, USER_AGENT_MAX_CHARACTERS),
    },
  };
}

/**
 * Builds the request that Remix receives: our public origin, without Origin and X-Forwarded-*. Remix's own CSRF check
 * trusts X-Forwarded-Host from any client and answers 500 on a mismatch. Request validation has already checked the
 * origin, and accepts `Origin: null` from a browser that reports a same-origin request.
 */
async function requestForRemix(c: AppContext): Promise<Request> {
  const { raw } = c.req;
  const headers = new Headers(raw.headers);
  for (const name of [...headers.keys()])
    if (name.startsWith("x-forwarded-") || name === "origin") headers.delete(name);
  headers.set("Host", new URL(c.get("origin")).host);
  const { pathname, search } = new URL(raw.url);
  const body = hasBody(c) ? await c.req.arrayBuffer() : null;
  return new Request(c.get("origin") + pathname + search, {
    method: raw.method,
    headers,
    signal: raw.signal,
    body,
  });
}

/**
 * Creates the HTTP application: middleware, static files, resource routes, then Remix for all other paths.
 * @param clientFolder folder of the built client files; undefined while Vite serves them
 * @param measureQueries in development, for the header `Server-Timing`
 */
export function createApp(
  build: ServerBuild,
  clientFolder: string | undefined,
  measureQueries?: MeasureQueries,
): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const { ACCESS_LOG, METRICS_TOKEN } = env();
  const observers = [
    ...(ACCESS_LOG ? [logRequests] : []),
    ...(METRICS_TOKEN ? [processMetrics().observe] : []),
  ];
  if (observers.length > 0) app.use(observeRequests(build, observers));
  if (measureQueries) app.use(serverTiming(measureQueries));
  app.use(securityHeaders());
  app.use(validateRequest);
  app.use(compressResponse);
  if (clientFolder) app.use(staticFiles(clientFolder));
  app.get(PAGE_SCRIPTS_PATH, pageScripts(build, clientFolder));
  app.use(limitBody);
  mountResourceRoutes(app, build, createRequestContext);
  // Remix's router ignores letter case and a trailing slash, so it would also serve misspelt API paths.
  app.use(async (c, next) => {
    if (!isApiPath(c.req.path)) return next();
    return jsonError(notFoundError("This API path does not exist."));
  });
  const handlePage = createPageHandler(build, import.meta.env.MODE);
  app.all("*", limitPages, async (c) => {
    const request = await requestForRemix(c);
    const context = createRequestContext(c);
    const pageSession = await resolvePageSession(c.get("claims"), context);
    if (context.accessRecord && pageSession.kind === "signed-in")
      context.accessRecord.userId = pageSession.session.user.id;
    return handlePage(request, { ...context, pageSession });
  });
  app.onError((error, c) => errorResponse(c, toAppError(error, c.get("requestId"))));
  return app;
}

import { serveStatic } from "@hono/node-server/serve-static";
import { createRequestHandler, type ServerBuild } from "@remix-run/node";
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import { notFoundError } from "#app/errors.ts";
import { mountResourceRoutes } from "./api/mount-resource-routes.server.ts";
import {
  type AppEnv,
  errorResponse,
  limitBody,
  validateRequest,
} from "./middleware/request-validation.server.ts";
import { securityHeaders } from "./middleware/security-headers.server.ts";
import type { RequestContext } from "./request-context.ts";
import { isApiPath, jsonError, toAppError } from "./responses/error-response.server.ts";

const USER_AGENT_CHARACTERS = 500;

function toContext(c: Context<AppEnv>): RequestContext {
  return {
    requestId: c.get("requestId"),
    origin: c.get("origin"),
    nonce: c.get("secureHeadersNonce") ?? "",
    client: {
      address: c.get("clientAddress"),
      userAgent: (c.req.header("User-Agent") ?? "").slice(0, USER_AGENT_CHARACTERS),
    },
  };
}

/**
 * The request as the visitor meant it. Remix compares Origin with the request's host, believes X-Forwarded-Host from
 * anybody, and answers 500 to what it does not like: it is given our own origin, and neither header. The gate has decided
 * already, and lets pass what a browser calls same-origin even where it hides the Origin ("null").
 */
function forRemix(c: Context<AppEnv>): Request {
  const { raw } = c.req;
  const headers = new Headers(raw.headers);
  for (const name of [...headers.keys()])
    if (name.startsWith("x-forwarded-") || name === "origin") headers.delete(name);
  headers.set("Host", new URL(c.get("origin")).host);
  const { pathname, search } = new URL(raw.url);
  const init: RequestInit = { method: raw.method, headers, signal: raw.signal };
  if (raw.body) Object.assign(init, { body: raw.body, duplex: "half" });
  return new Request(c.get("origin") + pathname + search, init);
}

/**
 * The whole application over HTTP: the gate, static files, the fast lane for resource routes, and Remix for the rest.
 * @param clientFolder the built client files; undefined while Vite serves them
 */
export function createApp(build: ServerBuild, clientFolder: string | undefined): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(securityHeaders());
  app.use(validateRequest);
  // Before the files, for those that the build left uncompressed; the others say that they are compressed already.
  app.use(compress());
  if (clientFolder) {
    app.use(
      serveStatic({
        root: clientFolder,
        // Folders have no page of their own; "/" belongs to Remix.
        index: ".none",
        precompressed: true,
        onFound: (path, c) => {
          // Names under assets/ carry a hash of the content; the others may change under the same name.
          const kept = path.includes("/assets/")
            ? "public, max-age=31536000, immutable"
            : "public, max-age=3600";
          c.header("Cache-Control", kept);
        },
      }),
    );
  }
  app.use(limitBody);
  mountResourceRoutes(app, build, toContext);
  // Remix's router takes any letter case and a slash at the end; the API is spelt as it is.
  app.use(async (c, next) => {
    if (!isApiPath(c.req.path)) return next();
    return jsonError(notFoundError("There is no such path in this API."));
  });
  const remix = createRequestHandler(build, import.meta.env.MODE);
  app.all("*", (c) => remix(forRemix(c), toContext(c)));
  app.onError((error, c) => errorResponse(c.req.path, toAppError(error, c.get("requestId"))));
  return app;
}

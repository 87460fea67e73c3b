import { serveStatic } from "@hono/node-server/serve-static";
import { createRequestHandler, type ServerBuild } from "@remix-run/node";
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import { notFound } from "#app/errors.ts";
import type { RequestContext } from "./context.ts";
import { asAppError, envelope, isApiPath } from "./failure.server.ts";
import { fastLane } from "./fast-lane.server.ts";
import { bodyCap, type GateEnv, gate, refuse } from "./gate.server.ts";
import { securityHeaders } from "./headers.server.ts";

const USER_AGENT_CHARACTERS = 500;

function toContext(c: Context<GateEnv>): RequestContext {
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
function forRemix(c: Context<GateEnv>): Request {
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
export function createApp(build: ServerBuild, clientFolder: string | undefined): Hono<GateEnv> {
  const app = new Hono<GateEnv>();
  app.use(securityHeaders());
  app.use(gate);
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
  app.use(bodyCap);
  fastLane(app, build, toContext);
  // Remix's router takes any letter case and a slash at the end; the API is spelt as it is.
  app.use(async (c, next) => {
    if (!isApiPath(c.req.path)) return next();
    return envelope(notFound("There is no such path in this API."));
  });
  const remix = createRequestHandler(build, import.meta.env.MODE);
  app.all("*", (c) => remix(forRemix(c), toContext(c)));
  app.onError((error, c) => refuse(c.req.path, asAppError(error, c.get("requestId"))));
  return app;
}

import type { LoaderFunctionArgs } from "@remix-run/node";
import type { Client } from "#app/services/client.server.ts";
import type { AuthenticatedSession } from "#app/services/sessions.server.ts";

/** Data of a request that the middleware establishes. Every loader and action receives it as Remix's load context. */
export interface RequestContext {
  requestId: string;
  /** Filled in for the access log; undefined while nothing observes requests. */
  accessRecord?: { userId?: string } | undefined;
  /** Nonce of the response's `script-src`, new for each response. */
  nonce: string;
  client: Client;
  /** Public origin of the request, such as `https://tock.example.org`. */
  origin: string;
  /** Closes the connection of a response that cannot be completed. */
  closeConnection: () => void;
}

/**
 * The session of a page request.
 * `anonymous`: without a token, or with one that is invalid or whose session has ended.
 * `unavailable`: the look-up failed; guards throw `error`, only the root loader tolerates a DB_ERROR.
 */
export type PageSession =
  | { kind: "signed-in"; session: AuthenticatedSession }
  | { kind: "anonymous" }
  | { kind: "unavailable"; error: unknown };

/** The load context of a page request. Resource routes get a plain RequestContext and authenticate in their guards. */
export interface PageLoadContext extends RequestContext {
  pageSession: PageSession;
}

/** The argument of page loaders and page actions. */
export interface PageContext extends PageLoadContext {
  request: Request;
  url: URL;
  params: LoaderFunctionArgs["params"];
}

declare module "@remix-run/server-runtime" {
  interface AppLoadContext extends PageLoadContext {}
  interface Future {
    v3_singleFetch: true;
  }
}

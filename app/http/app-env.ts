import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Claims } from "#app/services/session-tokens.server.ts";

/** Node's request and response, and the variables that the middleware sets on Hono's context. */
export interface AppEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    /** Data that the guards collect for the access log; undefined while nothing observes requests. */
    accessRecord: { userId?: string } | undefined;
    /** Public origin of the request, such as `https://tock.example.org`. */
    origin: string;
    /** IP address of the client, as far as TRUST_PROXY allows it to be known. */
    ipAddress: string;
    /** Nonce of the response's `script-src`; empty for the API. */
    nonce: string;
    /** The claims of the verified token in a page request's cookies; undefined without a valid one. */
    claims: Claims | undefined;
  };
}

export type AppContext = Context<AppEnv>;

import type { AuthenticatedSession, Client } from "#app/services/sessions.server.ts";

/** What the gate knows of a request, handed to every loader and action as Remix's load context. */
export type RequestContext = {
  requestId: string;
  /** For `script-src`: fresh in every response. */
  nonce: string;
  client: Client;
  /** The origin under which the visitor reaches us, such as `https://tock.example.org`. */
  origin: string;
  /** Who is here, once somebody asked; a page's loaders all share the one look-up. */
  visitor?: Promise<AuthenticatedSession | null> | undefined;
};

declare module "@remix-run/server-runtime" {
  interface AppLoadContext extends RequestContext {}
  interface Future {
    v3_singleFetch: true;
  }
}

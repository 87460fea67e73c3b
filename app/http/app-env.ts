import type { Context } from "hono";

/** Variables that request validation sets on Hono's context. */
export interface AppEnv {
  Variables: {
    requestId: string;
    /** Public origin of the request, such as `https://tock.example.org`. */
    origin: string;
    /** IP address of the client, as far as TRUST_PROXY allows it to be known. */
    clientAddress: string;
  };
}

export type AppContext = Context<AppEnv>;

import type { ClientInfo } from "#app/repositories/identity/sessions.server.ts";

/** The sender of a request, and the id under which the response and the log lines of the request are found. */
export interface Client extends ClientInfo {
  requestId: string;
  /** The device token of a request that tries a password; missing or forged tokens are possible. */
  deviceToken?: string | undefined;
}

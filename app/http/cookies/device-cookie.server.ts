import { serialize } from "hono/utils/cookie";
import type { RequestContext } from "#app/http/request-context.ts";
import type { Client } from "#app/services/client.server.ts";
import { recognizeDevice, rememberAccount } from "#app/services/devices.server.ts";
import {
  type CookieScope,
  cookieAttributes,
  cookieName,
  readCookie,
  type SetCookie,
} from "./attributes.server.ts";

/*
 * The cookie by which a sign-in recognizes a device. It gives no access, and a sign-out does not remove it: the
 * next sign-in needs it.
 */

/** A year. Browsers keep cookies for at most 400 days. */
const DEVICE_SECONDS = 365 * 24 * 60 * 60;
const NAME = "tock-device";

const readDeviceToken = (request: Request): string | undefined => readCookie(request, cookieName(NAME));

/** The client of a request that tries a password. */
export const clientWithDevice = (request: Request, { client }: Pick<RequestContext, "client">): Client => ({
  ...client,
  deviceToken: readDeviceToken(request),
});

/** Stores that this device has signed in with an email. */
export function deviceCookie(request: Request, email: string, scope: CookieScope): SetCookie {
  const token = rememberAccount(readDeviceToken(request), email);
  const attributes = { ...cookieAttributes(scope), maxAge: DEVICE_SECONDS };
  return ["Set-Cookie", serialize(cookieName(NAME), token, attributes)];
}

/** The cookie after a change of the email, if this device has signed in with the one before; else none. */
export function deviceCookieForNewEmail(
  request: Request,
  emails: { before: string; after: string },
  scope: CookieScope,
): SetCookie[] {
  const isMoved = emails.before !== emails.after;
  const { deviceKey } = recognizeDevice(readDeviceToken(request), emails.before);
  return isMoved && deviceKey !== undefined ? [deviceCookie(request, emails.after, scope)] : [];
}

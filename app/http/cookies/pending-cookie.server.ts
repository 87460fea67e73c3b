import { serialize } from "hono/utils/cookie";
import { PENDING_SECONDS } from "#app/services/pending-sign-in.server.ts";
import {
  type CookieScope,
  cookieAttributes,
  cookieName,
  readCookie,
  type SetCookie,
} from "./attributes.server.ts";

/** The cookie between the password and the code of a sign-in. */
const NAME = "tock-code";

/** @returns the token of the pending sign-in, not verified; "" without one */
export const readPendingToken = (request: Request): string => readCookie(request, cookieName(NAME)) ?? "";

const pendingCookie = (token: string, maxAge: number, scope: CookieScope): SetCookie => [
  "Set-Cookie",
  serialize(cookieName(NAME), token, { ...cookieAttributes(scope), maxAge }),
];

/** Stores a pending sign-in until the code is entered, for five minutes. */
export const pendingSignInCookie = (token: string, scope: CookieScope): SetCookie =>
  pendingCookie(token, PENDING_SECONDS, scope);

/** Removes a pending sign-in. */
export const clearedPendingSignInCookie = (scope: CookieScope): SetCookie => pendingCookie("", 0, scope);

import { redirect } from "@remix-run/node";
import type { PageContext } from "#app/http/request-context.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { revokeSession } from "#app/services/sessions.server.ts";
import type { SignedIn } from "#app/services/sign-in.server.ts";
import {
  clearedSessionCookie,
  commitSessionCookie,
  newSessionCookie,
  readSessionCookie,
} from "./session-cookie.server.ts";

const redirectWithCookie = (path: string, cookie: string): Response =>
  redirect(path, { headers: { "Set-Cookie": cookie } });

/**
 * Redirects with a new cookie for this token. Nothing of an earlier cookie is kept, which prevents session fixation.
 * @param notice shown once on the next page
 */
export async function redirectWithSession(token: string, path: string, notice?: string): Promise<Response> {
  const cookie = await newSessionCookie({ token, ...(notice !== undefined && { notice: { text: notice } }) });
  return redirectWithCookie(path, cookie);
}

/**
 * Redirects and removes the token from the cookie.
 * @param notice shown once on the next page
 */
export async function redirectSignedOut(path: string, notice?: string): Promise<Response> {
  if (notice === undefined) return redirectWithCookie(path, await clearedSessionCookie());
  return redirectWithCookie(path, await newSessionCookie({ notice: { text: notice } }));
}

/** Redirects to a page that shows `notice` once. */
export async function redirectWithNotice(
  { request }: PageContext,
  path: string,
  notice: Notice | string,
): Promise<Response> {
  const cookie = await readSessionCookie(request);
  cookie.flash("notice", typeof notice === "string" ? { text: notice } : notice);
  return redirectWithCookie(path, await commitSessionCookie(cookie));
}

/** The JSON response of sign-in and sign-up. Revokes the session of the request's cookie, which the new one replaces. */
export async function signInResponse(
  request: Request,
  signedIn: SignedIn,
  status: 200 | 201,
): Promise<Response> {
  const previousToken = (await readSessionCookie(request)).get("token");
  if (previousToken) await revokeSession(previousToken);
  const headers = { "Set-Cookie": await newSessionCookie({ token: signedIn.token }) };
  return Response.json(signedIn, { status, headers });
}

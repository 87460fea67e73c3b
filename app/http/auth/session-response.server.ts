import { redirect } from "@remix-run/node";
import type { PageContext, RequestContext } from "#app/http/request-context.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { endReplacedSession } from "#app/services/sessions.server.ts";
import type { SignedIn } from "#app/services/sign-in.server.ts";
import {
  clearedSessionCookies,
  noticeCookie,
  readSessionToken,
  type SetCookie,
  signInCookie,
} from "./session-cookie.server.ts";

const redirectWithCookies = (path: string, cookies: SetCookie[]): Response =>
  redirect(path, { headers: new Headers(cookies) });

const noticeCookies = async (notice: Notice | undefined, context: PageContext): Promise<SetCookie[]> =>
  notice ? [await noticeCookie(notice, context)] : [];

/**
 * Redirects with a new cookie for this token.
 * @param notice shown once on the next page
 */
export async function redirectWithSession(
  context: PageContext,
  token: string,
  path: string,
  notice?: string,
): Promise<Response> {
  const cookies = await noticeCookies(notice === undefined ? undefined : { text: notice }, context);
  return redirectWithCookies(path, [await signInCookie(token, context), ...cookies]);
}

/**
 * Redirects and removes the tokens from the cookies.
 * @param notice shown once on the next page
 */
export async function redirectSignedOut(
  context: PageContext,
  path: string,
  notice?: string,
): Promise<Response> {
  const cookies = await noticeCookies(notice === undefined ? undefined : { text: notice }, context);
  return redirectWithCookies(path, [...(await clearedSessionCookies(context.request, context)), ...cookies]);
}

/** Redirects to a page that shows `notice` once. */
export async function redirectWithNotice(
  context: PageContext,
  path: string,
  notice: Notice | string,
): Promise<Response> {
  const value = typeof notice === "string" ? { text: notice } : notice;
  return redirectWithCookies(path, await noticeCookies(value, context));
}

/** The JSON response of sign-in and sign-up. Ends the session of the request's cookies, which the new one replaces. */
export async function signInResponse(
  { request, context }: { request: Request; context: RequestContext },
  signedIn: SignedIn,
  status: 200 | 201,
): Promise<Response> {
  const previousToken = await readSessionToken(request, context);
  if (previousToken) await endReplacedSession(previousToken, context.client);
  const headers = new Headers([await signInCookie(signedIn.token, context)]);
  return Response.json(signedIn, { status, headers });
}

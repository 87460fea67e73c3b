import { redirect } from "@remix-run/node";
import type { SetCookie } from "#app/http/cookies/attributes.server.ts";
import { deviceCookie } from "#app/http/cookies/device-cookie.server.ts";
import { removeKeptForm } from "#app/http/cookies/kept-form.server.ts";
import {
  clearedSessionCookies,
  noticeCookie,
  readNotice,
  readSessionToken,
  signInCookie,
} from "#app/http/cookies/session-cookie.server.ts";
import type { PageContext, RequestContext } from "#app/http/request-context.ts";
import type { Notice } from "#app/page-data/notice.ts";
import type { SignedIn } from "#app/services/open-session.server.ts";
import { endReplacedSession } from "#app/services/sessions.server.ts";

/** Redirects in place of the page that was asked for or sent, so that "Back" leads to the page before. */
export const redirectWithCookies = (path: string, cookies: SetCookie[]): Response =>
  redirect(path, { headers: new Headers([...cookies, ["X-Remix-Replace", "true"]]) });

/** Stores the notice of a new session or a sign-out, or removes that of the session before. */
async function noticeCookies(notice: Notice | undefined, context: PageContext): Promise<SetCookie[]> {
  if (notice) return [await noticeCookie(notice, context)];
  const earlier = await readNotice(context.request, context);
  return earlier ? [await noticeCookie(null, context)] : [];
}

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

/** Redirects with the cookies of a sign-in or a sign-up. */
export async function redirectSignedIn(
  context: PageContext,
  { token, user }: SignedIn,
  path: string,
): Promise<Response> {
  const response = await redirectWithSession(context, token, path);
  response.headers.append(...deviceCookie(context.request, user.email, context));
  return response;
}

/**
 * Redirects and removes the tokens from the cookies.
 * @param notice shown once on the next page
 */
export async function redirectSignedOut(
  context: PageContext,
  path: string,
  notice: Notice,
): Promise<Response> {
  const cookies = [
    ...(await clearedSessionCookies(context.request, context)),
    ...(await noticeCookies(notice, context)),
    // The next user of this browser must not learn of it. Without a sign-out, the same user signs in again.
    ...(notice.signed_out ? removeKeptForm(context) : []),
  ];
  return redirectWithCookies(path, cookies);
}

/** How long a reload shows an Undo button again. The row itself is kept longer. */
const UNDO_SHOWN_MS = 5 * 60_000;

/**
 * Redirects to a page that shows `notice` once, or for a few minutes if it has an Undo button.
 * @param cookies further cookies
 */
export async function redirectWithNotice(
  context: PageContext,
  path: string,
  notice: Notice | string,
  cookies: SetCookie[] = [],
): Promise<Response> {
  const { undo, ...rest } = typeof notice === "string" ? { text: notice } : notice;
  const withUndo = undo === undefined ? rest : { ...rest, undo, undo_until: Date.now() + UNDO_SHOWN_MS };
  return redirectWithCookies(path, [await noticeCookie(withUndo, context), ...cookies]);
}

/** The JSON response of sign-in and sign-up. Ends the session of the request's cookies, which the new one replaces. */
export async function signInResponse(
  { request, context }: { request: Request; context: RequestContext },
  signedIn: SignedIn,
  status: 200 | 201,
): Promise<Response> {
  const previousToken = await readSessionToken(request, context);
  if (previousToken) await endReplacedSession(previousToken, context.client);
  const headers = new Headers([
    await signInCookie(signedIn.token, context),
    deviceCookie(request, signedIn.user.email, context),
  ]);
  return Response.json(signedIn, { status, headers });
}

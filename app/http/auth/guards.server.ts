import { redirect } from "@remix-run/node";
import { AppError } from "#app/errors.ts";
import { keepForm } from "#app/http/cookies/kept-form.server.ts";
import { readSessionToken } from "#app/http/cookies/session-cookie.server.ts";
import type { FormContext } from "#app/http/pages/page-route.server.ts";
import { returnPath } from "#app/http/pages/return-path.server.ts";
import type { SubmittedForm } from "#app/http/pages/submitted-form.server.ts";
import type { PageContext, RequestContext } from "#app/http/request-context.ts";
import { isAccessToken } from "#app/services/access-token-format.server.ts";
import {
  assertNotEnded,
  findAccessTokenCaller,
  type RequestCaller,
  toCaller,
  verifySessionCaller,
} from "#app/services/callers.server.ts";
import { limitSessionRequests, limitTaskRequests } from "#app/services/rate-limits.server.ts";
import { verifySessionToken } from "#app/services/session-tokens.server.ts";
import { type AuthenticatedSession, authenticate } from "#app/services/sessions.server.ts";
import { redirectWithCookies, redirectWithNotice } from "./session-response.server.ts";

/** @returns the token of an `Authorization: Bearer …` header, else of the session cookie */
async function requestToken(request: Request, context: RequestContext): Promise<string | undefined> {
  const authorization = request.headers.get("Authorization");
  // A browser adds Basic credentials to every request if a proxy in front asks for them.
  if (authorization === null || /^Basic /i.test(authorization)) return readSessionToken(request, context);
  return authorization.match(/^Bearer +(\S+) *$/i)?.[1];
}

async function requireToken(request: Request, context: RequestContext): Promise<string> {
  const token = await requestToken(request, context);
  if (token) return token;
  throw new AppError("UNAUTHORIZED", "Sign in first: send a Bearer token or the session cookie.");
}

/**
 * Authenticates an API request by its Bearer token, else by its session cookie, and counts it against the limit of its
 * session before the query.
 * @throws AppError UNAUTHORIZED without a valid token; FORBIDDEN for a personal access token; RATE_LIMITED; AUTH_INVALID
 * when its session has ended; DB_ERROR
 */
export async function requireSession(
  request: Request,
  context: RequestContext,
): Promise<AuthenticatedSession> {
  const token = await requireToken(request, context);
  if (isAccessToken(token))
    throw new AppError("FORBIDDEN", "An access token works for tasks only. Sign in to use your account.");
  const claims = verifySessionToken(token);
  assertNotEnded(claims);
  await limitSessionRequests(claims.sid);
  return authenticate(claims, context.client);
}

/**
 * Verifies the JWT or the personal access token of an API request, and counts the request against the user's task rate
 * limit. It costs no query, except for a token that is new to this process: the statements of the request check the
 * session or the token.
 * @throws AppError UNAUTHORIZED; AUTH_INVALID for a token that does not exist; RATE_LIMITED
 */
export async function requireApiCaller(request: Request, context: RequestContext): Promise<RequestCaller> {
  const token = await requireToken(request, context);
  const find = isAccessToken(token) ? findAccessTokenCaller : verifySessionCaller;
  const caller = await find(token, context.client);
  await limitTaskRequests(caller.userId);
  return caller;
}

/**
 * @returns the session of a page request, null when it has none
 * @throws the error of a look-up that failed, such as AppError DB_ERROR
 */
export function currentSession({ pageSession }: PageContext): AuthenticatedSession | null {
  if (pageSession.kind === "unavailable") throw pageSession.error;
  return pageSession.kind === "signed-in" ? pageSession.session : null;
}

/**
 * Returns the session of a page request.
 * @throws a redirect to the sign-in page that leads back to this page, where a posted task form is shown again;
 * AppError DB_ERROR
 */
export async function requireUser(context: PageContext | FormContext): Promise<AuthenticatedSession> {
  const session = currentSession(context);
  if (session) return session;
  throw await redirectToSignIn(context);
}

/**
 * A redirect cannot repeat a POST, so it leads to the page of the form. A task's text waits in a cookie; of another form, a
 * notice says that it was not processed.
 */
async function redirectToSignIn(context: PageContext | FormContext): Promise<Response> {
  const form = "form" in context ? context.form : undefined;
  const path = `/signin?redirectTo=${signInReturnPath(context, form)}`;
  if (!form) return redirect(path);
  if (form.get("title") || form.get("description")) {
    const kept = {
      intent: form.intent,
      id: context.params.id ?? form.get("id"),
      title: form.get("title"),
      description: form.get("description"),
      version: form.get("version"),
      // The editor of the list has no checkbox, and an unchecked box sends no value.
      completed: context.params.id === undefined ? undefined : form.get("completed"),
    };
    const cookies = keepForm(form.get("user_id"), kept, context);
    if (cookies.length > 0) return redirectWithCookies(path, cookies);
  }
  return redirectWithNotice(context, path, "You were signed out, so nothing was changed.");
}

/** The page to show after the sign-in: for the text of a task its edit page, also if it was edited in the list. */
function signInReturnPath({ url, params }: PageContext, form: SubmittedForm | undefined): string {
  const isDashboard = url.pathname === "/dashboard";
  if (form?.intent === "save") {
    const id = encodeURIComponent(params.id ?? form.get("id"));
    const back = isDashboard ? url.pathname + url.search : form.get("return_to");
    return returnPath(new URL(`/tasks/${id}/edit?${new URLSearchParams({ return_to: back })}`, url));
  }
  return returnPath(url);
}

/** Returns the caller of a page request. @throws as `requireUser` */
export const requireCaller = async (context: PageContext): Promise<RequestCaller> =>
  toCaller(await requireUser(context), context.client);

/**
 * Returns the caller of a page request and counts it against the user's task rate limit.
 * @throws a redirect as `requireUser`; AppError RATE_LIMITED
 */
export async function requireRateLimitedCaller(context: PageContext): Promise<RequestCaller> {
  const caller = await requireCaller(context);
  await limitTaskRequests(caller.userId);
  return caller;
}

/** Redirects signed-in users to the dashboard. @throws that redirect; AppError DB_ERROR */
export function requireAnonymous(context: PageContext): void {
  if (currentSession(context)) throw redirectWithCookies("/dashboard", []);
}

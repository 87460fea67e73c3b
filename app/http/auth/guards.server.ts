import { redirect } from "@remix-run/node";
import { AppError } from "#app/errors.ts";
import { MAX_QUERY_CHARACTERS } from "#app/http/middleware/request-validation.server.ts";
import type { PageContext } from "#app/http/pages/page-route.server.ts";
import { draftPath, escapeDotSegments, readSharedDraft } from "#app/page-data/shared-draft.ts";
import { limitTaskRequests } from "#app/services/rate-limits.server.ts";
import { type AuthenticatedSession, authenticate, type Client } from "#app/services/sessions.server.ts";
import { bearerToken } from "./bearer-token.server.ts";
import { readSessionCookie } from "./session-cookie.server.ts";

/**
 * Who calls the JSON API: by Bearer token, else by cookie.
 * @throws AppError UNAUTHORIZED without either, or with one that is no good; AUTH_INVALID when its session has ended
 */
export async function requireSession(request: Request, client: Client): Promise<AuthenticatedSession> {
  // Basic is for a proxy in front, and a browser adds it to whatever it asks for there.
  const isBearer = !/^Basic /i.test(request.headers.get("Authorization") ?? "Basic ");
  const token = isBearer ? bearerToken(request) : (await readSessionCookie(request)).get("token");
  if (!token) throw new AppError("UNAUTHORIZED", "Sign in first: send a Bearer token or the session cookie.");
  return authenticate(token, client);
}

/**
 * Who calls the API of tasks, counted.
 * @throws AppError as `requireCaller`; RATE_LIMITED
 */
export async function requireRateLimitedSession(
  request: Request,
  client: Client,
): Promise<AuthenticatedSession> {
  const session = await requireSession(request, client);
  await limitTaskRequests(session.user.id);
  return session;
}

/** Who looks at a page, or null. A cookie whose session has ended is nobody; a database that fails is an error. */
export function currentSession({ request, context }: PageContext): Promise<AuthenticatedSession | null> {
  context.visitor ??= lookUp(request, context.client);
  return context.visitor;
}

async function lookUp(request: Request, client: Client): Promise<AuthenticatedSession | null> {
  const token = (await readSessionCookie(request)).get("token");
  if (!token) return null;
  try {
    return await authenticate(token, client);
  } catch (error) {
    if (error instanceof AppError && (error.code === "UNAUTHORIZED" || error.code === "AUTH_INVALID"))
      return null;
    throw error;
  }
}

/** What the gate lets pass as one value of an address. */
const BACK_CHARACTERS = MAX_QUERY_CHARACTERS - "redirectTo=".length;

/** The way back to a page, as a value in an address. What was shared with us is cut to fit, anything else left out. */
function returnPath({ pathname, search, searchParams }: URL): string {
  const whole = encodeURIComponent(escapeDotSegments(`${pathname}${search}`));
  if (whole.length <= BACK_CHARACTERS) return whole;
  const draft = readSharedDraft(searchParams);
  return encodeURIComponent(draft ? draftPath(draft, BACK_CHARACTERS) : pathname);
}

/** @throws a redirect to the sign-in page, which leads back here */
export async function requireUser(visit: PageContext): Promise<AuthenticatedSession> {
  const session = await currentSession(visit);
  if (session) return session;
  const { request, url } = visit;
  // What was posted cannot be repeated by a redirect: then the way back leads to the page it was posted from.
  const canReturn = request.method === "GET" || url.pathname === "/dashboard";
  throw redirect(`/signin?redirectTo=${canReturn ? returnPath(url) : encodeURIComponent("/dashboard")}`);
}

/**
 * Who changes tasks by a page's form, counted.
 * @throws a redirect to the sign-in page; AppError RATE_LIMITED
 */
export async function requireRateLimitedUser(visit: PageContext): Promise<AuthenticatedSession> {
  const session = await requireUser(visit);
  await limitTaskRequests(session.user.id);
  return session;
}

/** For pages that make no sense to somebody who is signed in. @throws a redirect to the dashboard */
export async function requireAnonymous(visit: PageContext): Promise<void> {
  if (await currentSession(visit)) throw redirect("/dashboard");
}

import { redirect } from "@remix-run/node";
import { AppError } from "#app/errors.ts";
import { draftAddress, readSharedDraft, withoutSteps } from "#app/schemas/shared-draft.ts";
import { limitTasks } from "#app/services/limits.server.ts";
import { authenticate, type Client, type LiveSession } from "#app/services/sessions.server.ts";
import { readCookie } from "./cookie.server.ts";
import { QUERY_CHARACTERS } from "./gate.server.ts";
import type { Visit } from "./page.server.ts";
import { bearerToken } from "./token.server.ts";

/**
 * Who calls the JSON API: by Bearer token, else by cookie.
 * @throws AppError UNAUTHORIZED without either, or with one that is no good; AUTH_INVALID when its session has ended
 */
export async function requireCaller(request: Request, client: Client): Promise<LiveSession> {
  const token = request.headers.has("Authorization")
    ? bearerToken(request)
    : (await readCookie(request)).get("token");
  if (!token) throw new AppError("UNAUTHORIZED", "Sign in first: send a Bearer token or the session cookie.");
  return authenticate(token, client);
}

/**
 * Who calls the API of tasks, counted.
 * @throws AppError as `requireCaller`; RATE_LIMITED
 */
export async function admitCaller(request: Request, client: Client): Promise<LiveSession> {
  const session = await requireCaller(request, client);
  await limitTasks(session.user.id);
  return session;
}

/** Who looks at a page, or null. A cookie whose session has ended is nobody; a database that fails is an error. */
export function findVisitor({ request, context }: Visit): Promise<LiveSession | null> {
  context.visitor ??= lookUp(request, context.client);
  return context.visitor;
}

async function lookUp(request: Request, client: Client): Promise<LiveSession | null> {
  const token = (await readCookie(request)).get("token");
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
const BACK_CHARACTERS = QUERY_CHARACTERS - "redirectTo=".length;

/** The way back to a page, as a value in an address. What was shared with us is cut to fit, anything else left out. */
function wayBack({ pathname, search, searchParams }: URL): string {
  const whole = encodeURIComponent(withoutSteps(`${pathname}${search}`));
  if (whole.length <= BACK_CHARACTERS) return whole;
  const draft = readSharedDraft(searchParams);
  return encodeURIComponent(draft ? draftAddress(draft, BACK_CHARACTERS) : pathname);
}

/** @throws a redirect to the sign-in page, which leads back here */
export async function requireUser(visit: Visit): Promise<LiveSession> {
  const session = await findVisitor(visit);
  if (session) return session;
  const { request, url } = visit;
  // What was posted cannot be repeated by a redirect: then the way back leads to the page it was posted from.
  const canReturn = request.method === "GET" || url.pathname === "/dashboard";
  throw redirect(`/signin?redirectTo=${canReturn ? wayBack(url) : encodeURIComponent("/dashboard")}`);
}

/**
 * Who changes tasks by a page's form, counted.
 * @throws a redirect to the sign-in page; AppError RATE_LIMITED
 */
export async function admitUser(visit: Visit): Promise<LiveSession> {
  const session = await requireUser(visit);
  await limitTasks(session.user.id);
  return session;
}

/** For pages that make no sense to somebody who is signed in. @throws a redirect to the dashboard */
export async function requireNobody(visit: Visit): Promise<void> {
  if (await findVisitor(visit)) throw redirect("/dashboard");
}

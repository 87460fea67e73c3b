import { AppError } from "#app/errors.ts";
import { noticeCookie, readNotice, renewalCookie } from "#app/http/cookies/session-cookie.server.ts";
import type { PageContext, PageSession, RequestContext } from "#app/http/request-context.ts";
import type { Notice } from "#app/page-data/notice.ts";
import type { Claims } from "#app/services/session-tokens.server.ts";
import { authenticate, renewToken } from "#app/services/sessions.server.ts";

/**
 * Resolves the session of a page request from the verified token of its cookies. Runs once per request; guards and the root
 * loader read the result from the load context. Never throws: without a database, pages must still render their error page.
 */
export async function resolvePageSession(
  claims: Claims | undefined,
  { client }: RequestContext,
): Promise<PageSession> {
  if (claims === undefined) return { kind: "anonymous" };
  try {
    return { kind: "signed-in", session: await authenticate(claims, client) };
  } catch (error) {
    const hasEnded = error instanceof AppError && error.code === "AUTH_INVALID";
    return hasEnded ? { kind: "anonymous" } : { kind: "unavailable", error };
  }
}

interface RootSession {
  signedIn: boolean;
  userId: string | null;
  /** Shown on this page only, except for a notice with an Undo button, which a reload shows again. */
  notice: Notice | null;
  headers: Headers;
}

/**
 * Loads what the root loader shows and stores. `headers` set cookies: the renewal of a token older than a day, and the
 * removal of a notice once it is shown, or once its Undo button no longer works. A token that is rejected stays, because
 * this response may arrive after a new sign-in of another tab. While the database is unavailable the page shows a
 * signed-in header and keeps the notice.
 * @throws the error of the session look-up, unless it is a DB_ERROR
 */
export async function loadRootSession(context: PageContext): Promise<RootSession> {
  const { request, pageSession } = context;
  const headers = new Headers();
  try {
    if (pageSession.kind === "unavailable") throw pageSession.error;
    const isSignedIn = pageSession.kind === "signed-in";
    const renewed = isSignedIn ? await renewToken(pageSession.session) : undefined;
    const stored = await readNotice(request, context);
    const notice = stored && showsNotice(stored, isSignedIn) ? stored : null;
    if (renewed) headers.append(...(await renewalCookie(renewed, context)));
    if (stored && !(notice && isKept(notice))) headers.append(...(await noticeCookie(null, context)));
    const userId = isSignedIn ? pageSession.session.user.id : null;
    return { signedIn: isSignedIn, userId, notice, headers };
  } catch (error) {
    if (!(error instanceof AppError && error.code === "DB_ERROR")) throw error;
    return { signedIn: true, userId: null, notice: null, headers };
  }
}

/** A reload shows an Undo button again, so its notice stays in the cookie. */
const isKept = (notice: Notice): boolean => notice.undo_until !== undefined;

/**
 * An Undo button works for a limited time, and needs the session. The notice of a sign-out may arrive after a new sign-in
 * of another tab.
 */
const showsNotice = ({ undo_until, signed_out }: Notice, isSignedIn: boolean): boolean =>
  !(signed_out && isSignedIn) && (undo_until === undefined || (isSignedIn && Date.now() < undo_until));

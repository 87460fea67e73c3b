import { AppError } from "#app/errors.ts";
import type { PageContext, PageSession, RequestContext } from "#app/http/request-context.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { authenticate, renewToken } from "#app/services/sessions.server.ts";
import { noticeCookie, readNotice, renewalCookie } from "./session-cookie.server.ts";

/**
 * Resolves the session of a page request from the token of its cookies. Runs once per request; guards and the root loader
 * read the result from the load context. Never throws: without a database, pages must still render their error page.
 */
export async function resolvePageSession(
  token: string | undefined,
  { client }: RequestContext,
): Promise<PageSession> {
  if (token === undefined) return { kind: "anonymous" };
  try {
    return { kind: "signed-in", session: await authenticate(token, client) };
  } catch (error) {
    const isRejected =
      error instanceof AppError && (error.code === "UNAUTHORIZED" || error.code === "AUTH_INVALID");
    return isRejected ? { kind: "anonymous" } : { kind: "unavailable", error };
  }
}

interface RootSession {
  signedIn: boolean;
  /** Shown on this page only. */
  notice: Notice | null;
  headers: Headers;
}

/**
 * Loads what the root loader shows and stores. `headers` set cookies: the renewal of a token older than a day, and the
 * removal of a notice once it is shown. A token that is rejected stays, because this response may arrive after a new
 * sign-in of another tab. While the database is unavailable the page shows a signed-in header and keeps the notice.
 * @throws the error of the session look-up, unless it is a DB_ERROR
 */
export async function loadRootSession(context: PageContext): Promise<RootSession> {
  const { request, pageSession } = context;
  const headers = new Headers();
  try {
    if (pageSession.kind === "unavailable") throw pageSession.error;
    const isSignedIn = pageSession.kind === "signed-in";
    const renewed = isSignedIn ? await renewToken(pageSession.session) : undefined;
    const notice = await readNotice(request, context);
    if (renewed) headers.append(...(await renewalCookie(renewed, context)));
    if (notice !== null) headers.append(...(await noticeCookie(null, context)));
    return { signedIn: isSignedIn, notice, headers };
  } catch (error) {
    if (!(error instanceof AppError && error.code === "DB_ERROR")) throw error;
    return { signedIn: true, notice: null, headers };
  }
}

import { AppError } from "#app/errors.ts";
import type { PageContext, PageSession } from "#app/http/request-context.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { authenticate, type Client, renewToken } from "#app/services/sessions.server.ts";
import { commitSessionCookie, readSessionCookie } from "./session-cookie.server.ts";

/**
 * Resolves the session of a page request from its cookie. Runs once per request; guards and the root loader read the
 * result from the load context. Never throws: without a database, pages must still render their error page.
 */
export async function resolvePageSession(request: Request, client: Client): Promise<PageSession> {
  try {
    const token = (await readSessionCookie(request)).get("token");
    if (token === undefined) return { kind: "anonymous", rejectedToken: false };
    return { kind: "signed-in", session: await authenticate(token, client) };
  } catch (error) {
    const isRejected =
      error instanceof AppError && (error.code === "UNAUTHORIZED" || error.code === "AUTH_INVALID");
    return isRejected ? { kind: "anonymous", rejectedToken: true } : { kind: "unavailable", error };
  }
}

interface RootSession {
  signedIn: boolean;
  /** Shown on this page only. */
  notice: Notice | null;
  headers: Headers;
}

/**
 * Loads what the root loader shows and stores. `headers` set the cookie if it changes: a token older than a day is
 * renewed, a rejected token is removed, a notice is removed once it is shown. While the database is unavailable the
 * page shows a signed-in header and the cookie stays as it is.
 * @throws the error of the session look-up, unless it is a DB_ERROR
 */
export async function loadRootSession({ request, pageSession }: PageContext): Promise<RootSession> {
  const headers = new Headers();
  try {
    if (pageSession.kind === "unavailable") throw pageSession.error;
    const isSignedIn = pageSession.kind === "signed-in";
    const renewed = isSignedIn ? await renewToken(pageSession.session) : undefined;
    const removesToken = !isSignedIn && pageSession.rejectedToken;
    const cookie = await readSessionCookie(request);
    const notice = cookie.get("notice") ?? null;
    if (renewed) cookie.set("token", renewed);
    if (removesToken) cookie.unset("token");
    if (renewed || removesToken || notice !== null)
      headers.append("Set-Cookie", await commitSessionCookie(cookie));
    return { signedIn: isSignedIn, notice, headers };
  } catch (error) {
    if (!(error instanceof AppError && error.code === "DB_ERROR")) throw error;
    return { signedIn: true, notice: null, headers };
  }
}

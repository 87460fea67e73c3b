import { revokeSession } from "#app/services/sessions.server.ts";
import type { SignedIn } from "#app/services/sign-in.server.ts";
import { readSessionCookie, tokenCookie } from "./session-cookie.server.ts";

/** The API's answer to whoever has just signed in, or up. A session of the cookie that came along ends: this is in its place. */
export async function signInResponse(
  request: Request,
  signedIn: SignedIn,
  status: 200 | 201,
): Promise<Response> {
  const earlier = (await readSessionCookie(request)).get("token");
  if (earlier) await revokeSession(earlier);
  const headers = { "Set-Cookie": await tokenCookie(signedIn.token) };
  return Response.json(signedIn, { status, headers });
}

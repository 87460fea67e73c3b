import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { clearedSessionCookie } from "#app/http/auth/session-cookie.server.ts";
import { signOut } from "#app/services/sessions.server.ts";

const route = apiRoute({
  POST: authenticated({}, async ({ session }) => {
    await signOut(session);
    return noContent({ "Set-Cookie": await clearedSessionCookie() });
  }),
});

export const loader = route.loader;
export const action = route.action;

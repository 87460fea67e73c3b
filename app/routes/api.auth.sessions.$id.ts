import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { clearedSessionCookie } from "#app/http/auth/session-cookie.server.ts";
import { sessionParamsSchema } from "#app/schemas/session.ts";
import { removeSession } from "#app/services/sessions.server.ts";

const route = apiRoute({
  DELETE: authenticated({ params: sessionParamsSchema }, async ({ session, params }) => {
    const wasCurrent = await removeSession(session, params.id);
    return noContent(wasCurrent ? { "Set-Cookie": await clearedSessionCookie() } : undefined);
  }),
});

export const loader = route.loader;
export const action = route.action;

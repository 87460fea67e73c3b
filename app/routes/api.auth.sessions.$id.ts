import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { sessionOperations } from "#app/http/api/operations/sessions.server.ts";
import { clearedSessionCookies } from "#app/http/cookies/session-cookie.server.ts";
import { removeSession } from "#app/services/sessions.server.ts";

const route = apiRoute({
  DELETE: authenticated(sessionOperations.remove, async ({ session, params, request, context }) => {
    const wasCurrent = await removeSession(session, params.id, context.client);
    return noContent(wasCurrent ? await clearedSessionCookies(request, context) : undefined);
  }),
});

export const loader = route.loader;
export const action = route.action;

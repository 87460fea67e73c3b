import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { sessionOperations } from "#app/http/api/operations/sessions.server.ts";
import { getSessions, removeOtherSessions } from "#app/services/sessions.server.ts";

const route = apiRoute({
  GET: authenticated(sessionOperations.list, async ({ session }) =>
    Response.json({ sessions: await getSessions(session) }),
  ),
  DELETE: authenticated(sessionOperations.removeOthers, async ({ session, context }) => {
    await removeOtherSessions(session, context.client);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;

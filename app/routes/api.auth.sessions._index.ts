import { apiRoute, authenticated, noContent } from "#app/http/api/api-route.server.ts";
import { endOtherSessions } from "#app/services/identity.server.ts";
import { getSessions } from "#app/services/sessions.server.ts";

const route = apiRoute({
  GET: authenticated({}, async ({ session }) => Response.json({ sessions: await getSessions(session) })),
  DELETE: authenticated({}, async ({ session }) => {
    await endOtherSessions(session.user.id, session.id);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;

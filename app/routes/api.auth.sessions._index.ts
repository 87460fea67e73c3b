import { api, noContent, signedIn } from "#app/http/api.server.ts";
import { endOtherSessions } from "#app/services/identity.server.ts";
import { getSessions } from "#app/services/sessions.server.ts";

const route = api({
  GET: signedIn({}, async ({ session }) => Response.json({ sessions: await getSessions(session) })),
  DELETE: signedIn({}, async ({ session }) => {
    await endOtherSessions(session.user.id, session.id);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;

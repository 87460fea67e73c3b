import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { accessTokenOperations } from "#app/http/api/operations/access-tokens.server.ts";
import { createAccessToken, getAccessTokens } from "#app/services/access-tokens.server.ts";

const route = apiRoute({
  GET: authenticated(accessTokenOperations.list, async ({ session }) =>
    Response.json({ tokens: await getAccessTokens(session.user.id) }),
  ),
  POST: authenticated(accessTokenOperations.create, async ({ session, body, context }) =>
    Response.json(await createAccessToken(session, body, context.client), { status: 201 }),
  ),
});

export const loader = route.loader;
export const action = route.action;

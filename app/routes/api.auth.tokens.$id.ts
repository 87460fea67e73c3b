import { apiRoute, authenticated } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { accessTokenOperations } from "#app/http/api/operations/access-tokens.server.ts";
import { removeAccessToken } from "#app/services/access-tokens.server.ts";

const route = apiRoute({
  DELETE: authenticated(accessTokenOperations.remove, async ({ session, params, context }) => {
    await removeAccessToken(session, params.id, context.client);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;

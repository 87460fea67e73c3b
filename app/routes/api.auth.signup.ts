import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { accountOperations } from "#app/http/api/operations/account.server.ts";
import { signInResponse } from "#app/http/auth/session-response.server.ts";
import { signUp } from "#app/services/sign-in.server.ts";

const route = apiRoute({
  POST: publicRoute(accountOperations.signUp, async ({ request, body, context }) =>
    signInResponse({ request, context }, await signUp(body, context.client), 201),
  ),
});

export const loader = route.loader;
export const action = route.action;

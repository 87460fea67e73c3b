import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { accountOperations } from "#app/http/api/operations/account.server.ts";
import { signInResponse } from "#app/http/auth/session-response.server.ts";
import { clientWithDevice } from "#app/http/cookies/device-cookie.server.ts";
import { signIn } from "#app/services/sign-in.server.ts";

const route = apiRoute({
  POST: publicRoute(accountOperations.signIn, async ({ request, body, context }) =>
    signInResponse({ request, context }, await signIn(body, clientWithDevice(request, context)), 200),
  ),
});

export const loader = route.loader;
export const action = route.action;

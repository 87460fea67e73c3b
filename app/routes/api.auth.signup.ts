import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { signInResponse } from "#app/http/auth/session-response.server.ts";
import { signUpSchema } from "#app/schemas/account.ts";
import { signUp } from "#app/services/sign-in.server.ts";

const route = apiRoute({
  POST: publicRoute({ body: signUpSchema }, async ({ request, body, context }) =>
    signInResponse({ request, context }, await signUp(body, context.client), 201),
  ),
});

export const loader = route.loader;
export const action = route.action;

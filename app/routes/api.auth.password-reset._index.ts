import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { passwordResetOperations } from "#app/http/api/operations/password-reset.server.ts";
import { requestPasswordReset } from "#app/services/password-reset.server.ts";

const route = apiRoute({
  POST: publicRoute(passwordResetOperations.requestPasswordReset, async ({ body, context }) => {
    await requestPasswordReset(body, context.client);
    return new Response(null, { status: 202 });
  }),
});

export const loader = route.loader;
export const action = route.action;

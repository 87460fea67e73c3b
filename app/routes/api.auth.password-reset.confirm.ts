import { apiRoute, publicRoute } from "#app/http/api/api-route.server.ts";
import { noContent } from "#app/http/api/json-response.server.ts";
import { passwordResetOperations } from "#app/http/api/operations/password-reset.server.ts";
import { resetPassword } from "#app/services/password-reset.server.ts";

const route = apiRoute({
  POST: publicRoute(passwordResetOperations.confirmPasswordReset, async ({ body, context }) => {
    await resetPassword(body, context.client);
    return noContent();
  }),
});

export const loader = route.loader;
export const action = route.action;

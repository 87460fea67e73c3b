import { api, open } from "#app/http/api.server.ts";
import { welcome } from "#app/http/sign-in.server.ts";
import { signUpSchema } from "#app/schemas/account.ts";
import { signUp } from "#app/services/accounts.server.ts";

const route = api({
  POST: open({ body: signUpSchema }, async ({ request, body, context }) =>
    welcome(request, await signUp(body, context.client), 201),
  ),
});

export const loader = route.loader;
export const action = route.action;

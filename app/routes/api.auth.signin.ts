import { api, open } from "#app/http/api.server.ts";
import { welcome } from "#app/http/sign-in.server.ts";
import { signInSchema } from "#app/schemas/account.ts";
import { signIn } from "#app/services/accounts.server.ts";

const route = api({
  POST: open({ body: signInSchema }, async ({ request, body, context }) =>
    welcome(request, await signIn(body, context.client), 200),
  ),
});

export const loader = route.loader;
export const action = route.action;

import { api, open } from "#app/http/api.server.ts";
import { tokenCookie } from "#app/http/cookie.server.ts";
import { signInSchema } from "#app/schemas/account.ts";
import { signIn } from "#app/services/accounts.server.ts";

const route = api({
  POST: open({ body: signInSchema }, async ({ body, context }) => {
    const signedIn = await signIn(body, context.client);
    return Response.json(signedIn, { headers: { "Set-Cookie": await tokenCookie(signedIn.token) } });
  }),
});

export const loader = route.loader;
export const action = route.action;

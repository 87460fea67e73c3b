import { api, open } from "#app/http/api.server.ts";
import { tokenCookie } from "#app/http/cookie.server.ts";
import { signUpSchema } from "#app/schemas/account.ts";
import { signUp } from "#app/services/accounts.server.ts";

const route = api({
  POST: open({ body: signUpSchema }, async ({ body, context }) => {
    const signedIn = await signUp(body, context.client);
    return Response.json(signedIn, {
      status: 201,
      headers: { "Set-Cookie": await tokenCookie(signedIn.token) },
    });
  }),
});

export const loader = route.loader;
export const action = route.action;

import { Link, useActionData, useLoaderData } from "@remix-run/react";
import { AccessTokenForm } from "#app/components/settings/access-token-form.tsx";
import { AccessTokenList } from "#app/components/settings/access-token-list.tsx";
import { NewAccessToken } from "#app/components/settings/new-access-token.tsx";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { Section } from "#app/components/ui/section.tsx";
import { useKeptResult } from "#app/components/ui/use-kept-result.ts";
import { unknownFormError } from "#app/errors.ts";
import { requireUser } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { parseParams } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { accessTokenFormSchema, accessTokenParamsSchema } from "#app/schemas/access-token.ts";
import { createAccessToken, getAccessTokens, removeAccessToken } from "#app/services/access-tokens.server.ts";
import { getTotp } from "#app/services/totp.server.ts";

export const meta = pageTitle("Access tokens");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateOnSuccess as shouldRevalidate,
};

export const loader = pageLoader(async (context) => {
  const session = await requireUser(context);
  const [tokens, totp] = await Promise.all([getAccessTokens(session.user.id), getTotp(session)]);
  const now = Date.now();
  return {
    email: session.user.email,
    hasTotp: totp.status === "on",
    tokens: tokens.map((token) => ({ ...token, isExpired: Date.parse(token.expires_at) <= now })),
  };
});

export const action = pageAction(async (context) => {
  const session = await requireUser(context);
  const { form, client } = context;
  switch (form.intent) {
    case "create":
      // Not a redirect: the token is in this response only.
      return { created: await createAccessToken(session, form.parse(accessTokenFormSchema), client) };
    case "revoke": {
      const { id } = parseParams({ id: form.get("id") }, accessTokenParamsSchema);
      await removeAccessToken(session, id, client);
      return redirectWithNotice(context, "/settings/tokens", "That token doesn't work anymore.");
    }
    default:
      throw unknownFormError();
  }
});

type NewToken = Awaited<ReturnType<typeof createAccessToken>>;

export default function AccessTokensPage() {
  const { email, hasTotp, tokens } = useLoaderData<typeof loader>();
  const created = useActionData<{ created?: NewToken }>()?.created;
  const kept = useKeptResult(created);
  // The list contains a new token once it has been loaded again, until the token is revoked.
  const shown = created ?? (tokens.some(({ id }) => id === kept?.id) ? kept : undefined);

  return (
    <div className="grid gap-10">
      <div className="grid gap-4">
        <PageHeading>Access tokens</PageHeading>
        <p className="max-w-form">
          With a token, a script or another app can use your tasks through the{" "}
          <Link to="/docs/api" className="underline underline-offset-4">
            API
          </Link>
          , without your password. It can't change your account.
        </p>
        <p>
          <Link to="/settings" className="underline underline-offset-4">
            Back to settings
          </Link>
        </p>
      </div>
      {shown && <NewAccessToken name={shown.name} token={shown.token} />}
      <Section title="New token">
        <AccessTokenForm email={email} hasTotp={hasTotp} />
      </Section>
      <Section title="Your tokens">
        <AccessTokenList tokens={tokens} />
      </Section>
    </div>
  );
}

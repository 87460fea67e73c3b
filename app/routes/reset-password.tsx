import { Link, useLoaderData } from "@remix-run/react";
import { ResetPasswordForm } from "#app/components/auth/reset-password-form.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { currentSession } from "#app/http/auth/guards.server.ts";
import { redirectSignedOut, redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { linkPageHeaders } from "#app/http/pages/link-page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { newPasswordSchema } from "#app/schemas/password-reset.ts";
import { getPasswordReset, resetPassword } from "#app/services/password-reset.server.ts";

export const meta = pageTitle("Choose a new password");
export { keepFormOnNetworkError as clientAction, linkPageHeaders as headers, PageError as ErrorBoundary };

const tokenOf = (url: URL) => url.searchParams.get("token") ?? "";

/** Does not use the link up: mail scanners open links before their readers do. */
export const loader = pageLoader(async ({ url, client }) => ({
  email: (await getPasswordReset(tokenOf(url), client))?.email ?? null,
}));

export const action = pageAction(async (context) => {
  const { form, client, url } = context;
  const userId = await resetPassword({ token: tokenOf(url), ...form.parse(newPasswordSchema) }, client);
  const notice = { text: "Your new password is saved. Sign in with it." };
  return currentSession(context)?.user.id === userId
    ? redirectSignedOut(context, "/signin", notice)
    : redirectWithNotice(context, "/signin", notice);
});

export default function ResetPasswordPage() {
  const { email } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-form gap-6">
      <PageHeading>Choose a new password</PageHeading>
      {email === null ? (
        <p>
          This link has expired or was used already.{" "}
          <Link to="/forgot-password" className="underline underline-offset-4">
            Ask for a new one
          </Link>
        </p>
      ) : (
        <>
          <p>
            For <strong className="wrap-anywhere">{email}</strong>. Saving it signs you out on all devices.
          </p>
          <ResetPasswordForm email={email} />
        </>
      )}
    </div>
  );
}

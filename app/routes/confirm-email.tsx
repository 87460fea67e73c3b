import { Link, useLoaderData } from "@remix-run/react";
import { ConfirmEmailForm } from "#app/components/auth/confirm-email-form.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { currentSession } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { deviceCookieForNewEmail } from "#app/http/cookies/device-cookie.server.ts";
import { linkPageHeaders } from "#app/http/pages/link-page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { confirmEmailChange, getEmailChange } from "#app/services/email-change.server.ts";
import type { AuthenticatedSession } from "#app/services/sessions.server.ts";

export const meta = pageTitle("Confirm your new email");
export { keepFormOnNetworkError as clientAction, linkPageHeaders as headers, PageError as ErrorBoundary };

const tokenOf = (url: URL) => url.searchParams.get("token") ?? "";

/** Does not use the link up: mail scanners open links before their readers do. */
export const loader = pageLoader(async ({ url, client }) => ({
  email: (await getEmailChange(tokenOf(url), client))?.email ?? null,
}));

/** The page and the notice after a confirmation: the link may belong to another account than the session. */
function confirmationFor(session: AuthenticatedSession | null, emailBefore: string): [string, string] {
  if (!session) return ["/signin", "Your new email is saved. Sign in with it."];
  if (session.user.email === emailBefore) return ["/settings", "Your new email is saved."];
  return ["/dashboard", "The new email is saved. You're signed in to another account."];
}

export const action = pageAction(async (context) => {
  const emails = await confirmEmailChange(tokenOf(context.url), context.client);
  const response = await redirectWithNotice(
    context,
    ...confirmationFor(currentSession(context), emails.before),
  );
  for (const cookie of deviceCookieForNewEmail(context.request, emails, context))
    response.headers.append(...cookie);
  return response;
});

export default function ConfirmEmailPage() {
  const { email } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-form gap-6">
      <PageHeading>Confirm your new email</PageHeading>
      {email === null ? (
        <p>
          This link has expired or was used already. Change your email again in your{" "}
          <Link to="/settings" className="underline underline-offset-4">
            settings
          </Link>
          .
        </p>
      ) : (
        <>
          <p>
            Confirm that <strong className="wrap-anywhere">{email}</strong> is yours. From then on you sign in
            with it.
          </p>
          <ConfirmEmailForm />
        </>
      )}
    </div>
  );
}

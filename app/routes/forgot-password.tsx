import { Link, useLoaderData } from "@remix-run/react";
import { ForgotPasswordForm } from "#app/components/auth/forgot-password-form.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { redirectWithCookies } from "#app/http/auth/session-response.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { passwordResetRequestSchema } from "#app/schemas/password-reset.ts";
import { sendsMail } from "#app/services/mail/mailer.server.ts";
import { requestPasswordReset } from "#app/services/password-reset.server.ts";

export const meta = pageTitle("Forgot your password?");
export { keepFormOnNetworkError as clientAction, PageError as ErrorBoundary, pageHeaders as headers };

/** Without a guard: a signed-in user may have forgotten the password too. */
export const loader = pageLoader(async () => ({ canSend: sendsMail() }));

export const action = pageAction(async ({ form, client }) => {
  await requestPasswordReset(form.parse(passwordResetRequestSchema), client);
  return redirectWithCookies("/forgot-password/sent", []);
});

export default function ForgotPasswordPage() {
  const { canSend } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-form gap-6">
      <PageHeading>Forgot your password?</PageHeading>
      {canSend ? (
        <>
          <p>Enter the email of your account. We'll send you a link to choose a new password.</p>
          <ForgotPasswordForm />
        </>
      ) : (
        <p>
          This Tock can't send email. Ask the person who runs it: they can give you a link to choose a new
          password.
        </p>
      )}
      <p>
        <Link to="/signin" className="underline underline-offset-4">
          Back to sign in
        </Link>
      </p>
    </div>
  );
}

import { Link, useLoaderData } from "@remix-run/react";
import { SignInCodeForm } from "#app/components/auth/sign-in-code-form.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireAnonymous } from "#app/http/auth/guards.server.ts";
import { redirectSignedIn, redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { clientWithDevice } from "#app/http/cookies/device-cookie.server.ts";
import { clearedPendingSignInCookie, readPendingToken } from "#app/http/cookies/pending-cookie.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { safePath } from "#app/http/pages/return-path.server.ts";
import { totpCodeSchema } from "#app/schemas/totp.ts";
import { completeSignIn } from "#app/services/sign-in.server.ts";

export const meta = pageTitle("Enter your code");
export { keepFormOnNetworkError as clientAction, PageError as ErrorBoundary, pageHeaders as headers };

const BEGIN_AGAIN = "Sign in again: the code has to follow the password within five minutes.";
const signInPath = (redirectTo: string) => `/signin?redirectTo=${encodeURIComponent(redirectTo)}`;

export const loader = pageLoader(async (context) => {
  requireAnonymous(context);
  const redirectTo = safePath(context.url.searchParams.get("redirectTo"), "/dashboard");
  if (!readPendingToken(context.request))
    throw await redirectWithNotice(context, signInPath(redirectTo), BEGIN_AGAIN);
  return { redirectTo };
});

export const action = pageAction(async (context) => {
  requireAnonymous(context);
  const { form, request } = context;
  const { totp_code } = form.parse(totpCodeSchema);
  const redirectTo = safePath(form.get("redirectTo"), "/dashboard");
  const client = clientWithDevice(request, context);
  const signedIn = await completeSignIn(readPendingToken(request), totp_code, client);
  // Too late, or the password has been changed meanwhile.
  const response = signedIn
    ? await redirectSignedIn(context, signedIn, redirectTo)
    : await redirectWithNotice(context, signInPath(redirectTo), BEGIN_AGAIN);
  response.headers.append(...clearedPendingSignInCookie(context));
  return response;
});

export default function SignInCodePage() {
  const { redirectTo } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-form gap-6">
      <PageHeading>Enter your code</PageHeading>
      <p>Your password is right. Your account also asks for a code from your authenticator app.</p>
      <SignInCodeForm redirectTo={redirectTo} />
      <p>
        <Link to={signInPath(redirectTo)} className="underline underline-offset-4">
          Sign in again
        </Link>
      </p>
    </div>
  );
}

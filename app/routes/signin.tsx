import { Link, useLoaderData } from "@remix-run/react";
import { SignInForm } from "#app/components/auth/sign-in-form.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireAnonymous } from "#app/http/auth/guards.server.ts";
import { redirectSignedIn, redirectWithCookies } from "#app/http/auth/session-response.server.ts";
import { clientWithDevice } from "#app/http/cookies/device-cookie.server.ts";
import { hasKeptForm } from "#app/http/cookies/kept-form.server.ts";
import { pendingSignInCookie } from "#app/http/cookies/pending-cookie.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { safePath } from "#app/http/pages/return-path.server.ts";
import { signInSchema } from "#app/schemas/account.ts";
import { beginSignIn } from "#app/services/sign-in.server.ts";

export const meta = pageTitle("Sign in");
export { keepFormOnNetworkError as clientAction, PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async (context) => {
  requireAnonymous(context);
  const redirectTo = safePath(context.url.searchParams.get("redirectTo"), "/dashboard");
  return { redirectTo, hasText: hasKeptForm(context.request) };
});

export const action = pageAction(async (context) => {
  requireAnonymous(context);
  const { form, request } = context;
  const redirectTo = safePath(form.get("redirectTo"), "/dashboard");
  const result = await beginSignIn(form.parse(signInSchema), clientWithDevice(request, context));
  if (!("pendingToken" in result)) return redirectSignedIn(context, result, redirectTo);
  const cookie = pendingSignInCookie(result.pendingToken, context);
  return redirectWithCookies(`/signin/code?redirectTo=${encodeURIComponent(redirectTo)}`, [cookie]);
});

export default function SignInPage() {
  const { redirectTo, hasText } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-form gap-6">
      <PageHeading>Sign in</PageHeading>
      {hasText && <p role="status">You were signed out. Your text is safe.</p>}
      <SignInForm redirectTo={redirectTo} />
      <p>
        New here?{" "}
        <Link
          to={`/signup?redirectTo=${encodeURIComponent(redirectTo)}`}
          className="underline underline-offset-4"
        >
          Sign up
        </Link>
      </p>
      <p>
        <Link to="/forgot-password" className="underline underline-offset-4">
          Forgot your password?
        </Link>
      </p>
    </div>
  );
}

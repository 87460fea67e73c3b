import { Link, useLoaderData } from "@remix-run/react";
import { SignUpForm } from "#app/components/auth/sign-up-form.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireAnonymous } from "#app/http/auth/guards.server.ts";
import { redirectSignedIn } from "#app/http/auth/session-response.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { safePath } from "#app/http/pages/return-path.server.ts";
import { signUpSchema } from "#app/schemas/account.ts";
import { signUp } from "#app/services/sign-in.server.ts";

export const meta = pageTitle("Sign up");
export { keepFormOnNetworkError as clientAction, PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async (context) => {
  requireAnonymous(context);
  return { redirectTo: safePath(context.url.searchParams.get("redirectTo"), "/dashboard") };
});

export const action = pageAction(async (context) => {
  requireAnonymous(context);
  const { form, client } = context;
  const signedIn = await signUp(form.parse(signUpSchema), client);
  return redirectSignedIn(context, signedIn, safePath(form.get("redirectTo"), "/dashboard"));
});

export default function SignUpPage() {
  const { redirectTo } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-form gap-6">
      <PageHeading>Sign up</PageHeading>
      <SignUpForm redirectTo={redirectTo} />
      <p>
        Already have an account?{" "}
        <Link
          to={`/signin?redirectTo=${encodeURIComponent(redirectTo)}`}
          className="underline underline-offset-4"
        >
          Sign in
        </Link>
      </p>
    </div>
  );
}

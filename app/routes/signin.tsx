import { Link, useActionData, useLoaderData } from "@remix-run/react";
import { SignInForm } from "#app/components/auth/sign-in-form.tsx";
import { keepForm } from "#app/components/ui/keep-form.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { errorHeaders } from "#app/http/error-headers.ts";
import { requireNobody } from "#app/http/guards.server.ts";
import { pageAction, pageLoader, safePath } from "#app/http/page.server.ts";
import { beginSession } from "#app/http/session.server.ts";
import { signInSchema } from "#app/schemas/account.ts";
import { signIn } from "#app/services/accounts.server.ts";

export const meta = pageTitle("Sign in");
export { errorHeaders as headers, keepForm as clientAction, PageError as ErrorBoundary };

export const loader = pageLoader(async (visit) => {
  await requireNobody(visit);
  return { redirectTo: safePath(visit.url.searchParams.get("redirectTo"), "/dashboard") };
});

export const action = pageAction(async (visit) => {
  await requireNobody(visit);
  const { form, context } = visit;
  const { token } = await signIn(form.parse(signInSchema), context.client);
  return beginSession(token, safePath(form.get("redirectTo"), "/dashboard"));
});

export default function SignInPage() {
  const { redirectTo } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-form gap-6">
      <PageHeading>Sign in</PageHeading>
      <SignInForm failure={useActionData<typeof action>()} redirectTo={redirectTo} />
      <p>
        New here?{" "}
        <Link
          to={`/signup?redirectTo=${encodeURIComponent(redirectTo)}`}
          className="underline underline-offset-4"
        >
          Sign up
        </Link>
      </p>
    </div>
  );
}

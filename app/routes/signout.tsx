import { redirect } from "@remix-run/node";
import { useActionData } from "@remix-run/react";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { RetryForm } from "#app/components/ui/retry-form.tsx";
import { errorHeaders } from "#app/http/error-headers.ts";
import { findVisitor } from "#app/http/guards.server.ts";
import { pageAction, pageLoader } from "#app/http/page.server.ts";
import { endSession } from "#app/http/session.server.ts";
import { signOut } from "#app/services/accounts.server.ts";

export const meta = pageTitle("Sign out");
export { errorHeaders as headers, PageError as ErrorBoundary };

// A link that somebody else made must not sign anybody out, so GET only leads away.
export const loader = pageLoader(async () => redirect("/"));

export const action = pageAction(async (visit) => {
  const session = await findVisitor(visit);
  if (session) await signOut(session);
  return endSession("/");
});

/** Seen only when the sign-out could not be recorded: to be gone from this page while the session lives would be a lie. */
export default function SignOutPage() {
  const failure = useActionData<typeof action>();
  return (
    <div className="grid justify-items-start gap-6">
      <PageHeading>You are still signed in</PageHeading>
      <p>The sign-out could not be recorded just now. Please try again in a moment.</p>
      {failure && <RetryForm failure={failure} label="Sign out" />}
    </div>
  );
}

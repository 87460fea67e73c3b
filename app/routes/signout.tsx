import { Form, useActionData } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { currentSession } from "#app/http/auth/guards.server.ts";
import { redirectSignedOut } from "#app/http/auth/session-response.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction } from "#app/http/pages/page-route.server.ts";
import { signOut } from "#app/services/sessions.server.ts";

export const meta = pageTitle("Sign out");
export { PageError as ErrorBoundary, pageHeaders as headers };

export const action = pageAction(async (visit) => {
  const session = await currentSession(visit);
  if (session) await signOut(session);
  return redirectSignedOut("/");
});

/**
 * Asks, for a link that somebody else made must not sign anybody out. And says so when the sign-out could not be
 * recorded: to be gone from this page while the session lives would be a lie.
 */
export default function SignOutPage() {
  const failure = useActionData<typeof action>();
  return (
    <div className="grid justify-items-start gap-6">
      <PageHeading>{failure ? "You are still signed in" : "Sign out"}</PageHeading>
      {failure && <p>The sign-out could not be recorded just now. Please try again in a moment.</p>}
      <Form method="post" reloadDocument>
        <Button>Sign out</Button>
      </Form>
    </div>
  );
}

import { Form, useActionData } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { currentSession } from "#app/http/auth/guards.server.ts";
import { redirectSignedOut, redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { removeKeptForm } from "#app/http/cookies/kept-form.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction } from "#app/http/pages/page-route.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { signOut } from "#app/services/sessions.server.ts";

export const meta = pageTitle("Sign out");
export { PageError as ErrorBoundary, pageHeaders as headers };

const SIGNED_OUT: Notice = { text: "You're signed out.", signed_out: true };

export const action = pageAction(async (context) => {
  const session = currentSession(context);
  // Without a session the cookies with its token stay: this response may arrive after a new sign-in of another tab.
  if (!session) return redirectWithNotice(context, "/", SIGNED_OUT, removeKeptForm(context));
  await signOut(session, context.client);
  return redirectSignedOut(context, "/", SIGNED_OUT);
});

/**
 * Asks for confirmation, so that a link on another site cannot sign a user out. Reports a sign-out that failed, because
 * the session is still active then.
 */
export default function SignOutPage() {
  const failure = useActionData<typeof action>();
  return (
    <div className="grid justify-items-start gap-6">
      <PageHeading>{failure ? "You're still signed in" : "Sign out"}</PageHeading>
      {failure && <p>We couldn't sign you out. Try again in a moment.</p>}
      <Form method="post" reloadDocument>
        <Button>Sign out</Button>
      </Form>
    </div>
  );
}

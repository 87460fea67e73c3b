import { redirect } from "@remix-run/node";
import { PageError } from "#app/components/ui/page-error.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
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

/** Never seen: both doors lead elsewhere. It makes this a page, so that failures are shown as one. */
export default function SignOutPage() {
  return null;
}

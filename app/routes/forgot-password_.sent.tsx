import { Link } from "@remix-run/react";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { methodNotAllowed, pageLoader } from "#app/http/pages/page-route.server.ts";

export const meta = pageTitle("Check your mail");
export { PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async () => null);
export const action = methodNotAllowed;

/** The same for every address, so that it does not reveal who has an account. */
export default function ForgotPasswordSentPage() {
  return (
    <div className="grid max-w-form gap-6">
      <PageHeading>Check your mail</PageHeading>
      <p>If that email has an account, a link is on its way to it. It works once, for one hour.</p>
      <p>
        Nothing there after a few minutes? Look in your spam folder, or check the address and{" "}
        <Link to="/forgot-password" className="underline underline-offset-4">
          try again
        </Link>
        .
      </p>
    </div>
  );
}

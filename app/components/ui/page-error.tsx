import { useActionData, useLocation, useRouteError } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { ButtonLink } from "./button.tsx";
import { explainError } from "./explain-error.ts";
import { PageHeading } from "./page-heading.tsx";
import { RetryForm } from "./retry-form.tsx";

/** Forms with a password: it is not kept, so they cannot be sent again as they were. */
const ASKS_PASSWORD = /password|delete-account/;

/** The page shown instead of one that failed. */
export function PageError() {
  const { title, text, retry, unreached } = explainError(useRouteError());
  const failure = useActionData<FormFailure>();
  const { pathname, search } = useLocation();
  const page = useRef<HTMLDivElement>(null);
  const cameLater = useRef(useHydrated());

  // It took the place of a page in use, and of what held the focus there.
  useEffect(() => {
    if (cameLater.current) page.current?.querySelector("h1")?.focus();
  }, []);

  const start = (
    <ButtonLink to="/" look="quiet" reloadDocument={!unreached}>
      Go to the start
    </ButtonLink>
  );

  return (
    <div ref={page} className="grid justify-items-start gap-6">
      <PageHeading>{title}</PageHeading>
      <p>{text}</p>
      {failure && retry && !ASKS_PASSWORD.test(failure.intent) ? (
        <RetryForm failure={failure}>{start}</RetryForm>
      ) : (
        <p className="flex flex-wrap gap-3">
          {retry && (
            <ButtonLink to={pathname + search} reloadDocument={!unreached}>
              Try again
            </ButtonLink>
          )}
          {start}
        </p>
      )}
    </div>
  );
}

import { useActionData, useLocation, useRouteError } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { ButtonLink } from "./button.tsx";
import { explainError } from "./explain-error.ts";
import { PageHeading } from "./page-heading.tsx";
import { RetryForm } from "./retry-form.tsx";

/** The error page of every route. */
export function PageError() {
  const { title, text, retry, unreached } = explainError(useRouteError());
  const failure = useActionData<FormFailure>();
  const { pathname, search } = useLocation();
  const page = useRef<HTMLDivElement>(null);
  const replacedPage = useRef(useHydrated());

  // The page that it replaced held the focus.
  useEffect(() => {
    if (replacedPage.current) page.current?.querySelector("h1")?.focus();
  }, []);

  const startLink = (
    <ButtonLink to="/" variant="quiet" reloadDocument={!unreached}>
      Go to the start page
    </ButtonLink>
  );

  return (
    <div ref={page} className="grid justify-items-start gap-6">
      <PageHeading>{title}</PageHeading>
      <p>{text}</p>
      {failure && retry && !failure.hasSecret ? (
        <RetryForm failure={failure}>{startLink}</RetryForm>
      ) : (
        <p className="flex flex-wrap gap-3">
          {retry && (
            <ButtonLink to={pathname + search} reloadDocument={!unreached}>
              Try again
            </ButtonLink>
          )}
          {startLink}
        </p>
      )}
    </div>
  );
}

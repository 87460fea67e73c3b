import { useActionData, useLocation, useRouteError } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import type { FormFailure } from "#app/schemas/form-failure.ts";
import { ButtonLink } from "./button.tsx";
import { explain } from "./error-words.ts";
import { PageHeading } from "./page-heading.tsx";
import { RetryForm } from "./retry-form.tsx";

/** The page shown instead of one that failed. */
export function PageError() {
  const { title, text, retry, unreached } = explain(useRouteError());
  const failure = useActionData<FormFailure>();
  const { pathname, search } = useLocation();
  const page = useRef<HTMLDivElement>(null);
  const cameLater = useRef(useHydrated());

  // It took the place of a page in use, and of what held the focus there.
  useEffect(() => {
    if (cameLater.current) page.current?.querySelector("h1")?.focus();
  }, []);

  return (
    <div ref={page} className="grid justify-items-start gap-6">
      <PageHeading>{title}</PageHeading>
      <p>{text}</p>
      {failure && <RetryForm failure={failure} />}
      <p className="flex flex-wrap gap-3">
        {retry && !failure && (
          <ButtonLink to={pathname + search} reloadDocument={!unreached}>
            Try again
          </ButtonLink>
        )}
        <ButtonLink to="/" look="quiet" reloadDocument={!unreached}>
          Go to the start
        </ButtonLink>
      </p>
    </div>
  );
}

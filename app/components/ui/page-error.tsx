import { useLocation, useRouteError } from "@remix-run/react";
import { ButtonLink } from "./button.tsx";
import { explain } from "./error-words.ts";
import { PageHeading } from "./page-heading.tsx";

/** The page shown instead of one that failed. */
export function PageError() {
  const { title, text, retry } = explain(useRouteError());
  const { pathname, search } = useLocation();

  return (
    <div className="grid justify-items-start gap-6">
      <PageHeading>{title}</PageHeading>
      <p>{text}</p>
      <p className="flex flex-wrap gap-3">
        {retry && (
          <ButtonLink to={pathname + search} reloadDocument>
            Try again
          </ButtonLink>
        )}
        <ButtonLink to="/" look="quiet" reloadDocument>
          Go to the start
        </ButtonLink>
      </p>
    </div>
  );
}

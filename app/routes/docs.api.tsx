import { useLoaderData } from "@remix-run/react";
import { OperationReference } from "#app/components/docs/operation-reference.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { apiReference } from "#app/http/openapi/reference.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { methodNotAllowed, pageLoader } from "#app/http/pages/page-route.server.ts";

export const meta = pageTitle("API");
export { PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async () => ({ groups: apiReference() }));

export const action = methodNotAllowed;

export default function ApiReferencePage() {
  const { groups } = useLoaderData<typeof loader>();
  return (
    <div className="grid grid-cols-1 gap-10">
      <PageHeading>API</PageHeading>
      <div className="grid max-w-prose gap-3">
        <p>
          Send <code>Authorization: Bearer TOKEN</code> with the token of a sign-in or, for tasks, with an
          access token of your settings. Bodies are JSON. Every failure contains a code and a message.
        </p>
        <p>
          The description for programs is{" "}
          <a className="underline" href="/api/openapi.json">
            /api/openapi.json
          </a>{" "}
          (OpenAPI 3.1).
        </p>
      </div>
      <nav aria-label="Operations">
        <ul className="grid grid-cols-1 gap-1">
          {groups.flatMap(({ operations }) =>
            operations.map(({ id, method, path, summary }) => (
              <li key={id}>
                <a className="underline" href={`#${id}`}>
                  {summary}
                </a>{" "}
                <code className="text-sm text-ink-soft">
                  {method} {path}
                </code>
              </li>
            )),
          )}
        </ul>
      </nav>
      {groups.map(({ name, operations }, index) => (
        <section
          key={name}
          aria-labelledby={`group-${index}`}
          className="grid gap-10 border-t border-rule pt-6"
        >
          <h2 id={`group-${index}`} className="text-2xl font-semibold">
            {name}
          </h2>
          {operations.map((operation) => (
            <OperationReference key={operation.id} operation={operation} />
          ))}
        </section>
      ))}
    </div>
  );
}

import { PageError } from "#app/components/ui/page-error.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { notFound } from "#app/errors.ts";
import { errorHeaders } from "#app/http/error-headers.ts";
import { pageAction, pageLoader } from "#app/http/page.server.ts";

export const meta = pageTitle("There is nothing here");
export { errorHeaders as headers, PageError as ErrorBoundary };

export const loader = pageLoader(async () => {
  throw notFound();
});

export const action = pageAction(async () => {
  throw notFound();
});

/** Never seen: makes this a page, so that a wrong address is answered by one. */
export default function NothingHere() {
  return null;
}

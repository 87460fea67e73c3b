import { PageError } from "#app/components/ui/page-error.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { notFoundError } from "#app/errors.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";

export const meta = pageTitle("Page not found");
export { PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async () => {
  throw notFoundError();
});

export const action = pageAction(async () => {
  throw notFoundError();
});

/** Never rendered. Its presence makes this route a page, so that the error boundary renders for unknown paths. */
export default function NotFoundPage() {
  return null;
}

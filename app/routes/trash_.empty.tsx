import { useLoaderData } from "@remix-run/react";
import { EmptyTrashForm } from "#app/components/trash/erase-form.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireCaller, requireRateLimitedCaller } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { emptyTrash, getTrashPage } from "#app/services/trash.server.ts";

export const meta = pageTitle("Empty the trash");
export { keepFormOnNetworkError as clientAction, PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async (context) => {
  const { pagination } = await getTrashPage(await requireCaller(context), 1);
  return { total: pagination.total };
});

export const action = pageAction(async (context) => {
  await emptyTrash(await requireRateLimitedCaller(context));
  return redirectWithNotice(context, "/trash", "The trash is empty.");
});

export default function EmptyTrash() {
  const { total } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-column gap-6">
      <PageHeading>Empty the trash?</PageHeading>
      <EmptyTrashForm
        total={total}
        cancel={
          <ButtonLink to="/trash" variant="quiet">
            Keep them
          </ButtonLink>
        }
      />
    </div>
  );
}

import { useLoaderData } from "@remix-run/react";
import { DeleteForm } from "#app/components/tasks/delete-form.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireRateLimitedUser, requireUser } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader, safePath } from "#app/http/pages/page-route.server.ts";
import { getTask, removeTask } from "#app/services/tasks.server.ts";

export const meta = pageTitle("Delete task");
export { keepFormOnNetworkError as clientAction, PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async (visit) => {
  const { user } = await requireUser(visit);
  const { id, title } = await getTask(user.id, parseTaskId(visit.params.id));
  return { task: { id, title }, returnTo: safePath(visit.url.searchParams.get("return_to"), "/dashboard") };
});

export const action = pageAction(async (visit) => {
  const { user } = await requireRateLimitedUser(visit);
  const id = parseTaskId(visit.params.id);
  await removeTask(user.id, id);
  const notice = { text: "Task deleted.", undo: id };
  return redirectWithNotice(visit, safePath(visit.form.get("return_to"), "/dashboard"), notice);
});

export default function DeleteTask() {
  const { task, returnTo } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-column gap-6">
      <PageHeading>Delete this task?</PageHeading>
      <DeleteForm
        task={task}
        returnTo={returnTo}
        cancel={
          <ButtonLink to={returnTo} variant="quiet">
            Keep it
          </ButtonLink>
        }
      />
    </div>
  );
}

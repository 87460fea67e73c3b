import { useLoaderData } from "@remix-run/react";
import { DeleteForm } from "#app/components/tasks/delete-form.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { keepFormOnNetworkError } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireCaller, requireRateLimitedCaller } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { safePath } from "#app/http/pages/return-path.server.ts";
import { getTask, removeTask } from "#app/services/tasks.server.ts";

export const meta = pageTitle("Delete task");
export { keepFormOnNetworkError as clientAction, PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async (context) => {
  const caller = requireCaller(context);
  const { id, title } = await getTask(caller, parseTaskId(context.params.id));
  return { task: { id, title }, returnTo: safePath(context.url.searchParams.get("return_to"), "/dashboard") };
});

export const action = pageAction(async (context) => {
  const caller = await requireRateLimitedCaller(context);
  const id = parseTaskId(context.params.id);
  await removeTask(caller, id);
  const notice = { text: "Task deleted.", undo: id };
  return redirectWithNotice(context, safePath(context.form.get("return_to"), "/dashboard"), notice);
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

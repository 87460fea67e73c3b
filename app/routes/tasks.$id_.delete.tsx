import { useActionData, useLoaderData } from "@remix-run/react";
import { DeleteForm } from "#app/components/tasks/delete-form.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { keepForm } from "#app/components/ui/keep-form.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { errorHeaders } from "#app/http/error-headers.ts";
import { admitUser, requireUser } from "#app/http/guards.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageAction, pageLoader, safePath } from "#app/http/page.server.ts";
import { redirectWithNotice } from "#app/http/session.server.ts";
import { getTask, removeTask } from "#app/services/tasks.server.ts";

export const meta = pageTitle("Delete task");
export { errorHeaders as headers, keepForm as clientAction, PageError as ErrorBoundary };

export const loader = pageLoader(async (visit) => {
  const { user } = await requireUser(visit);
  const { id, title } = await getTask(user.id, parseTaskId(visit.params.id));
  return { task: { id, title }, returnTo: safePath(visit.url.searchParams.get("return_to"), "/dashboard") };
});

export const action = pageAction(async (visit) => {
  const { user } = await admitUser(visit);
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
        failure={useActionData<typeof action>()}
        returnTo={returnTo}
        keep={
          <ButtonLink to={returnTo} look="quiet">
            Keep it
          </ButtonLink>
        }
      />
    </div>
  );
}

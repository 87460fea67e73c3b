import { useLoaderData } from "@remix-run/react";
import { DeleteForm } from "#app/components/tasks/delete-form.tsx";
import { EraseForm } from "#app/components/trash/erase-form.tsx";
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
import { noticeOfDeleted } from "#app/http/pages/task-form.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { removeTask } from "#app/services/tasks.server.ts";
import { eraseTask, getTaskOrDeleted } from "#app/services/trash.server.ts";

export const meta = pageTitle("Delete task");
export { keepFormOnNetworkError as clientAction, PageError as ErrorBoundary, pageHeaders as headers };

export const loader = pageLoader(async (context) => {
  const caller = await requireCaller(context);
  const { id, title, deleted_at } = await getTaskOrDeleted(caller, parseTaskId(context.params.id));
  const list = deleted_at ? "/trash" : "/dashboard";
  const returnTo = safePath(context.url.searchParams.get("return_to"), list);
  return { task: { id, title }, isDeleted: deleted_at !== undefined, returnTo };
});

export const action = pageAction(async (context) => {
  const caller = await requireRateLimitedCaller(context);
  const { form, params } = context;
  const id = parseTaskId(params.id);
  const returnTo = form.get("return_to");
  // A form names what it confirms: repeating a deletion must not erase the task.
  if (form.intent === "erase") {
    await eraseTask(caller, id);
    return redirectWithNotice(context, safePath(returnTo, "/trash"), "Deleted for good.");
  }
  const deleted: Notice = { text: "Task deleted.", undo: id, trash: true };
  const notice = await removeTask(caller, id).then(() => deleted, noticeOfDeleted);
  return redirectWithNotice(context, safePath(returnTo, "/dashboard"), notice);
});

export default function DeleteTask() {
  const { task, isDeleted, returnTo } = useLoaderData<typeof loader>();
  const form = {
    task,
    returnTo,
    cancel: (
      <ButtonLink to={returnTo} variant="quiet">
        Keep it
      </ButtonLink>
    ),
  };
  return (
    <div className="grid max-w-column gap-6">
      <PageHeading>{isDeleted ? "Delete this task for good?" : "Delete this task?"}</PageHeading>
      {isDeleted ? <EraseForm {...form} /> : <DeleteForm {...form} />}
    </div>
  );
}

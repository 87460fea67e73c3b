import { useActionData, useLoaderData } from "@remix-run/react";
import { TaskForm } from "#app/components/tasks/task-form.tsx";
import { TaskView } from "#app/components/tasks/task-view.tsx";
import { keepFormOnNetworkError, revalidateWhenDeleted } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireCaller, requireRateLimitedCaller } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { rowFragment, safePath } from "#app/http/pages/return-path.server.ts";
import { readTaskForm } from "#app/http/pages/task-form.server.ts";
import { taskFormSchema } from "#app/schemas/task.ts";
import { saveTask } from "#app/services/task-edits.server.ts";
import { changeListedTask } from "#app/services/tasks.server.ts";
import { getTaskOrDeleted, restoreTask } from "#app/services/trash.server.ts";

export const meta = pageTitle("Task");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateWhenDeleted as shouldRevalidate,
};

export const loader = pageLoader(async (context) => {
  const caller = await requireCaller(context);
  const task = await getTaskOrDeleted(caller, parseTaskId(context.params.id));
  const list = task.deleted_at ? "/trash" : "/dashboard";
  return { task, returnTo: safePath(context.url.searchParams.get("return_to"), list) };
});

export const action = pageAction(async (context) => {
  const caller = await requireRateLimitedCaller(context);
  const { form, url, params } = context;
  const id = parseTaskId(params.id);
  if (form.intent === "complete" || form.intent === "restore") {
    const completed = form.get("completed") === "true";
    if (form.intent === "restore") await restoreTask(caller, id);
    else await changeListedTask(caller, id, { completed });
    const text = form.intent === "restore" ? "Task restored." : completed ? "Done." : "Back on the list.";
    return redirectWithNotice(context, url.pathname + url.search, text);
  }
  // The form of the edit page was at this address, and its clients still post here.
  const { edit, opened } = readTaskForm(form, taskFormSchema);
  await saveTask(caller, id, edit, opened);
  const path = safePath(form.get("return_to"), "/dashboard") + rowFragment(context);
  return redirectWithNotice(context, path, "Saved.");
});

export default function TaskPage() {
  const { task, returnTo } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  if (failure?.intent !== "save") return <TaskView task={task} returnTo={returnTo} />;
  return (
    <div className="grid max-w-column gap-6">
      <PageHeading>Edit task</PageHeading>
      <TaskForm task={task} returnTo={returnTo} />
    </div>
  );
}

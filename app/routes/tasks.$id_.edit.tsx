import { useLoaderData } from "@remix-run/react";
import { TaskForm } from "#app/components/tasks/task-form.tsx";
import { DateTime } from "#app/components/ui/date-time.tsx";
import { keepFormOnNetworkError, revalidateWhenDeleted } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireCaller, requireRateLimitedCaller } from "#app/http/auth/guards.server.ts";
import { findKeptForm, removeKeptForm } from "#app/http/auth/kept-form.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { rowFragment, safePath } from "#app/http/pages/return-path.server.ts";
import { taskFormSchema } from "#app/schemas/task.ts";
import { changeListedTask } from "#app/services/tasks.server.ts";
import { getTaskOrDeleted, restoreTask } from "#app/services/trash.server.ts";

export const meta = pageTitle("Edit task");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateWhenDeleted as shouldRevalidate,
};

export const loader = pageLoader(async (context) => {
  const caller = requireCaller(context);
  const task = await getTaskOrDeleted(caller, parseTaskId(context.params.id));
  const kept = findKeptForm(context, "save");
  const draft = kept?.id === String(task.id) ? kept : null;
  const returnTo = safePath(context.url.searchParams.get("return_to"), `/tasks/${task.id}`);
  return { task, draft, returnTo };
});

export const action = pageAction(async (context) => {
  const caller = await requireRateLimitedCaller(context);
  const { form, params } = context;
  const id = parseTaskId(params.id);
  const changes = form.parse(taskFormSchema);
  if (form.get("restore") === "true") await restoreTask(caller, id);
  await changeListedTask(caller, id, changes);
  const returnTo = safePath(form.get("return_to"), `/tasks/${id}`);
  const fragment = returnTo.startsWith("/dashboard") ? rowFragment(context) : "";
  const response = await redirectWithNotice(context, returnTo + fragment, "Saved.");
  for (const cookie of removeKeptForm(context)) response.headers.append("Set-Cookie", cookie);
  return response;
});

export default function EditTask() {
  const { task, draft, returnTo } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-column gap-6">
      <PageHeading>Edit task</PageHeading>
      {draft && <p role="status">You were signed out. Your text is safe.</p>}
      <TaskForm task={{ ...task, ...draft, id: task.id }} returnTo={returnTo} />
      <p className="text-sm text-ink-soft">
        Added <DateTime time={task.created_at} />
      </p>
    </div>
  );
}

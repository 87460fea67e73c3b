import { useLoaderData } from "@remix-run/react";
import { EditPageError } from "#app/components/tasks/edit-page-error.tsx";
import { TaskForm } from "#app/components/tasks/task-form.tsx";
import { DateTime } from "#app/components/ui/date-time.tsx";
import { keepFormOnNetworkError, revalidateWhenDeleted } from "#app/components/ui/form-persistence.ts";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { requireCaller, requireRateLimitedCaller } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { findKeptForm, removeKeptForm } from "#app/http/cookies/kept-form.server.ts";
import { parseInput, parseTaskId } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { rowFragment, safePath } from "#app/http/pages/return-path.server.ts";
import { readTaskForm } from "#app/http/pages/task-form.server.ts";
import { newTaskSchema, taskFormSchema } from "#app/schemas/task.ts";
import { submitTask } from "#app/services/new-tasks.server.ts";
import { saveTask } from "#app/services/task-edits.server.ts";
import { getTaskOrDeleted, restoreTask } from "#app/services/trash.server.ts";

export const meta = pageTitle("Edit task");
export {
  EditPageError as ErrorBoundary,
  keepFormOnNetworkError as clientAction,
  pageHeaders as headers,
  revalidateWhenDeleted as shouldRevalidate,
};

export const loader = pageLoader(async (context) => {
  const caller = await requireCaller(context);
  const task = await getTaskOrDeleted(caller, parseTaskId(context.params.id));
  const kept = findKeptForm(context, "save");
  const draft = kept?.id === String(task.id) ? kept : null;
  const returnTo = safePath(context.url.searchParams.get("return_to"), `/tasks/${task.id}`);
  // The text that the kept one was based on is unknown if the task has changed since.
  const isOlder = draft?.version && draft.version !== String(task.version);
  const opened = isOlder ? { version: Number(draft.version) } : task;
  const text = draft && { title: draft.title, description: draft.description };
  const checked = draft?.completed !== undefined && { completed: draft.completed === "true" };
  return { task: { ...task, ...text, ...checked }, wasSignedOut: draft !== null, opened, returnTo };
});

export const action = pageAction(async (context) => {
  const caller = await requireRateLimitedCaller(context);
  const { form, params } = context;
  const id = parseTaskId(params.id);
  const { edit, opened } = readTaskForm(form, taskFormSchema);
  const addsNew = form.get("as_new") === "true";
  if (addsNew) {
    const task = parseInput(newTaskSchema, { title: edit.title, description: edit.description });
    await submitTask(caller, task, form.get("submission_id"));
  } else {
    if (form.get("restore") === "true") await restoreTask(caller, id);
    await saveTask(caller, id, edit, opened);
  }
  const returnTo = addsNew ? "/dashboard" : safePath(form.get("return_to"), `/tasks/${id}`);
  const fragment = returnTo.startsWith("/dashboard") ? rowFragment(context) : "";
  const notice = addsNew ? "Added." : "Saved.";
  return redirectWithNotice(context, returnTo + fragment, notice, removeKeptForm(context));
});

export default function EditTask() {
  const { task, wasSignedOut, opened, returnTo } = useLoaderData<typeof loader>();
  return (
    <div className="grid max-w-column gap-6">
      <PageHeading>Edit task</PageHeading>
      {wasSignedOut && <p role="status">You were signed out. Your text is safe.</p>}
      <TaskForm task={task} opened={opened} returnTo={returnTo} />
      <p className="text-sm text-ink-soft">
        Added <DateTime time={task.created_at} />
      </p>
    </div>
  );
}

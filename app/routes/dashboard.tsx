import { useActionData, useLoaderData } from "@remix-run/react";
import { dashboardPath } from "#app/components/tasks/dashboard-path.ts";
import { FilterNav } from "#app/components/tasks/filter-nav.tsx";
import { Pagination } from "#app/components/tasks/pagination.tsx";
import { QuickAdd } from "#app/components/tasks/quick-add.tsx";
import { ShortcutHelp } from "#app/components/tasks/shortcut-help.tsx";
import { TaskList } from "#app/components/tasks/task-list.tsx";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { AppError } from "#app/errors.ts";
import { requireCaller, requireRateLimitedCaller } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import type { SubmittedForm } from "#app/http/pages/submitted-form.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { readSharedDraft } from "#app/page-data/shared-draft.ts";
import { dashboardQuerySchema, newTaskSchema, taskTextSchema } from "#app/schemas/task.ts";
import type { RequestCaller } from "#app/services/sessions.server.ts";
import {
  changeTask,
  getTaskDashboard,
  newSubmissionId,
  removeTask,
  restoreTask,
  submitTask,
} from "#app/services/tasks.server.ts";

export const meta = pageTitle("Dashboard");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateOnSuccess as shouldRevalidate,
};

const readQuery = (url: URL) => dashboardQuerySchema.parse(Object.fromEntries(url.searchParams));

export const loader = pageLoader(async (context) => {
  const caller = requireCaller(context);
  const dashboard = await getTaskDashboard(caller, readQuery(context.url));
  return { ...dashboard, submissionId: newSubmissionId(), draft: readSharedDraft(context.url.searchParams) };
});

/** Processes one of the page's forms. @returns the notice to show */
async function processForm(caller: RequestCaller, form: SubmittedForm): Promise<Notice> {
  const id = () => parseTaskId(form.get("id"));
  switch (form.intent) {
    case "add":
      await submitTask(caller, form.parse(newTaskSchema), form.get("submission_id"));
      return { text: "Task added." };
    case "complete": {
      const completed = form.get("completed") === "true";
      await changeTask(caller, id(), { completed });
      return { text: completed ? "Task done." : "Task reopened." };
    }
    case "save":
      await changeTask(caller, id(), form.parse(taskTextSchema));
      return { text: "Task saved." };
    case "delete":
      await removeTask(caller, id());
      return { text: "Task deleted.", undo: id() };
    case "restore":
      await restoreTask(caller, id());
      return { text: "Task restored." };
    default:
      throw new AppError("BAD_REQUEST", "This page has no such form.");
  }
}

export const action = pageAction(async (context) => {
  const caller = await requireRateLimitedCaller(context);
  const { form, url } = context;
  const notice = await processForm(caller, form);
  const { page, show } = readQuery(url);
  // A shared draft stays in the URL until it is added as a task.
  const keepsDraft = form.intent !== "add" && readSharedDraft(url.searchParams) !== null;
  const path = keepsDraft ? `/dashboard${url.search}` : dashboardPath(show, page);
  const response = await redirectWithNotice(context, path, notice);
  // Replaces the history entry, so that "Back" leaves the page.
  response.headers.set("X-Remix-Replace", "true");
  return response;
});

export default function Dashboard() {
  const { submissionId, draft, counts, show, data, pagination } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();

  return (
    <div className="grid items-start gap-x-12 gap-y-6 lg:grid-cols-[9rem_1fr]">
      <div className="grid max-w-column gap-6 lg:col-start-2">
        <PageHeading>Your tasks</PageHeading>
        {failure && failure.intent !== "add" && <FailureMessage lines={[failure.message]} autoFocus />}
        <QuickAdd submissionId={submissionId} draft={draft} />
      </div>
      <div className="lg:sticky lg:top-6 lg:row-span-2 lg:row-start-1 lg:pt-14">
        <FilterNav show={show} counts={counts} />
      </div>
      <div className="-mt-4 grid max-w-column gap-2 lg:col-start-2 lg:mt-0">
        <TaskList data={data} pagination={pagination} show={show} />
        <div className="flex flex-wrap-reverse items-center justify-between gap-x-6">
          <ShortcutHelp />
          <Pagination page={pagination.page} pages={pagination.pages} show={show} />
        </div>
      </div>
    </div>
  );
}

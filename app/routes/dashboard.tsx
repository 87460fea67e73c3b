import { Link, useActionData, useLoaderData, useRouteLoaderData } from "@remix-run/react";
import { useRef } from "react";
import { dashboardPath } from "#app/components/tasks/dashboard-path.ts";
import { FilterNav } from "#app/components/tasks/filter-nav.tsx";
import { listsNewTask } from "#app/components/tasks/lists-new-task.ts";
import { Pagination } from "#app/components/tasks/pagination.tsx";
import { QuickAdd } from "#app/components/tasks/quick-add.tsx";
import { SearchForm } from "#app/components/tasks/search-form.tsx";
import { ShortcutHelp } from "#app/components/tasks/shortcut-help.tsx";
import { TaskList } from "#app/components/tasks/task-list.tsx";
import { Today } from "#app/components/tasks/today.tsx";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { unknownFormError } from "#app/errors.ts";
import { requireCaller, requireRateLimitedCaller } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { findKeptForm, removeKeptForm } from "#app/http/cookies/kept-form.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import { rowFragment } from "#app/http/pages/return-path.server.ts";
import type { SubmittedForm } from "#app/http/pages/submitted-form.server.ts";
import { noticeOfDeleted, readTaskForm } from "#app/http/pages/task-form.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { readSharedDraft } from "#app/page-data/shared-draft.ts";
import {
  type DashboardQuery,
  dashboardQuerySchema,
  type NewTask,
  newTaskSchema,
  pastedLinesSchema,
  taskTextSchema,
} from "#app/schemas/task.ts";
import type { RequestCaller } from "#app/services/callers.server.ts";
import { newSubmissionId, submitTask, submitTasks } from "#app/services/new-tasks.server.ts";
import { saveTask } from "#app/services/task-edits.server.ts";
import { completeTask, getTaskDashboard, removeTask } from "#app/services/tasks.server.ts";
import { restoreTask } from "#app/services/trash.server.ts";

export const meta = pageTitle("Dashboard");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateOnSuccess as shouldRevalidate,
};

const readQuery = (url: URL) => dashboardQuerySchema.parse(Object.fromEntries(url.searchParams));

export const loader = pageLoader(async (context) => {
  const caller = await requireCaller(context);
  const dashboard = await getTaskDashboard(caller, readQuery(context.url));
  const kept = findKeptForm(context, "add");
  const draft = kept ?? readSharedDraft(context.url.searchParams);
  return { ...dashboard, submissionId: newSubmissionId(), draft, wasSignedOut: kept !== null };
});

/** Processes one of the page's forms. @returns the notice to show */
async function processForm(
  caller: RequestCaller,
  form: SubmittedForm,
  query: DashboardQuery,
): Promise<Notice> {
  const id = () => parseTaskId(form.get("id"));
  const added = (text: string, tasks: NewTask[], newId?: number): Notice =>
    tasks.every((task) => listsNewTask(query, task))
      ? { text, added: true, quiet: true }
      : { text, added: true, show: dashboardPath() + (newId ? `#task-${newId}` : "") };
  switch (form.intent) {
    case "add": {
      const task = form.parse(newTaskSchema);
      return added("Added.", [task], await submitTask(caller, task, form.get("submission_id")));
    }
    case "add-lines": {
      const { lines } = form.parse(pastedLinesSchema);
      await submitTasks(caller, lines, form.get("submission_id"));
      const tasks = lines.map((title) => ({ title }));
      return added(`${lines.length} tasks added.`, tasks);
    }
    case "complete": {
      const completed = form.get("completed") === "true";
      await completeTask(caller, id(), completed);
      return completed ? { text: "Done.", undo: id(), reopen: true } : { text: "Back on the list." };
    }
    case "save": {
      const { edit, opened } = readTaskForm(form, taskTextSchema);
      await saveTask(caller, id(), edit, opened);
      return { text: "Saved." };
    }
    case "delete":
      await removeTask(caller, id());
      return { text: "Task deleted.", undo: id(), trash: true };
    case "restore":
      await restoreTask(caller, id());
      return { text: "Task restored." };
    default:
      throw unknownFormError();
  }
}

/** Whether a page still lists a task after its form. A check may remove it. */
const keepsTask = (form: SubmittedForm, { show }: DashboardQuery) =>
  form.intent !== "complete" || show === "all" || (form.get("completed") === "true") === (show === "done");

export const action = pageAction(async (context) => {
  const caller = await requireRateLimitedCaller(context);
  const { form, url } = context;
  const query = readQuery(url);
  const notice = await processForm(caller, form, query).catch((error) => {
    if (form.intent !== "complete" && form.intent !== "delete") throw error;
    // The row leaves the list.
    return noticeOfDeleted(error);
  });
  // A shared draft stays in the URL until it is added as a task.
  const keepsDraft = form.intent !== "add" && readSharedDraft(url.searchParams) !== null;
  const path = keepsDraft ? `/dashboard${url.search}` : dashboardPath(query);
  const fragment = keepsTask(form, query) ? rowFragment(context) : "";
  const cookies = form.intent === "add" ? removeKeptForm(context) : [];
  return redirectWithNotice(context, path + fragment, notice, cookies);
});

export default function Dashboard() {
  const { submissionId, draft, wasSignedOut, counts, matches, show, q, data, pagination } =
    useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const rootData = useRouteLoaderData<{ notice: Notice | null }>("root");
  const page = useRef<HTMLDivElement>(null);
  const focusList = () => {
    const find = (selector: string) => page.current?.querySelector<HTMLElement>(selector);
    (find(".tasks button") ?? find("h2"))?.focus();
  };

  return (
    <div ref={page} className="grid items-start gap-x-12 lg:grid-cols-[9rem_1fr]">
      <div className="flex max-w-column flex-wrap items-baseline justify-between gap-x-4 lg:col-start-2">
        <Today />
        <p className="text-ink-soft">{counts.open} left</p>
      </div>
      <div className="filters lg:sticky lg:top-6 lg:row-span-2 lg:row-start-1 lg:pt-11">
        <FilterNav show={show} q={q} counts={matches ?? counts} />
        <SearchForm show={show} q={q} />
      </div>
      <div className="max-w-column pt-1 lg:col-start-2 lg:pt-4">
        {failure && failure.intent !== "add" && <FailureMessage lines={[failure.message]} autoFocus />}
        {wasSignedOut && <p role="status">You were signed out. Your text is safe.</p>}
        <QuickAdd
          submissionId={submissionId}
          draft={draft}
          focused={counts.all === 0 || rootData?.notice?.added === true}
          onLeave={focusList}
        />
        <TaskList
          data={data}
          pagination={pagination}
          show={show}
          q={q}
          matches={matches}
          taskCount={counts.all}
        />
        <div className="flex flex-wrap-reverse items-center justify-between gap-x-6">
          <div className="flex gap-x-6">
            <Link to="/trash" className="quiet-link">
              Trash
            </Link>
            <ShortcutHelp />
          </div>
          <Pagination
            page={pagination.page}
            pages={pagination.pages}
            pathOf={(page) => dashboardPath({ show, q, page })}
          />
        </div>
      </div>
    </div>
  );
}

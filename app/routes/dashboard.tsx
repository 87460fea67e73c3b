import { useActionData, useLoaderData } from "@remix-run/react";
import { dashboardAddress } from "#app/components/tasks/dashboard-address.ts";
import { FilterTabs } from "#app/components/tasks/filter-tabs.tsx";
import { Pagination } from "#app/components/tasks/pagination.tsx";
import { QuickAdd } from "#app/components/tasks/quick-add.tsx";
import { TaskList } from "#app/components/tasks/task-list.tsx";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { reloadAfterSuccess } from "#app/components/ui/reload-after-success.ts";
import { AppError } from "#app/errors.ts";
import { errorHeaders } from "#app/http/error-headers.ts";
import { admitUser, requireUser } from "#app/http/guards.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageAction, pageLoader, type SubmittedForm } from "#app/http/page.server.ts";
import { redirectWithNotice } from "#app/http/session.server.ts";
import { readSharedDraft } from "#app/schemas/shared-draft.ts";
import { dashboardQuerySchema, newTaskSchema, PAGE_LIMIT_DEFAULT } from "#app/schemas/task.ts";
import { changeTask, createTask, getTaskPage, removeTask } from "#app/services/tasks.server.ts";

export const meta = pageTitle("Dashboard");
export { errorHeaders as headers, PageError as ErrorBoundary, reloadAfterSuccess as shouldRevalidate };

const readQuery = (url: URL) => dashboardQuerySchema.parse(Object.fromEntries(url.searchParams));

export const loader = pageLoader(async (visit) => {
  const { user } = await requireUser(visit);
  const { page, show } = readQuery(visit.url);
  const filter = show === "all" ? {} : { completed: show === "done" };
  const tasks = await getTaskPage(user.id, { page, limit: PAGE_LIMIT_DEFAULT, ...filter });
  return { ...tasks, show, draft: readSharedDraft(visit.url.searchParams) };
});

/** Does what one of the page's forms asks for. @returns what to tell about it */
async function perform(owner: string, form: SubmittedForm): Promise<string> {
  switch (form.intent) {
    case "add":
      await createTask(owner, form.parse(newTaskSchema));
      return "Task added.";
    case "complete": {
      const completed = form.get("completed") === "true";
      await changeTask(owner, parseTaskId(form.get("id")), { completed });
      return completed ? "Task done." : "Task open again.";
    }
    case "delete":
      await removeTask(owner, parseTaskId(form.get("id")));
      return "Task deleted.";
    default:
      throw new AppError("BAD_REQUEST", "This page does not know what to do with that form.");
  }
}

export const action = pageAction(async (visit) => {
  const { user } = await admitUser(visit);
  const notice = await perform(user.id, visit.form);
  const { page, show } = readQuery(visit.url);
  // What was shared waits in the address until it is added.
  const waits = visit.form.intent !== "add" && readSharedDraft(visit.url.searchParams) !== null;
  const back = waits ? `/dashboard${visit.url.search}` : dashboardAddress(show, page);
  const answer = await redirectWithNotice(visit, back, notice);
  // The same address again is no step to go back over.
  answer.headers.set("X-Remix-Replace", "true");
  return answer;
});

export default function Dashboard() {
  const { data, pagination, show, draft } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();

  return (
    <div className="grid gap-6">
      <PageHeading>Your tasks</PageHeading>
      {failure && failure.intent !== "add" && <FailureMessage lines={[failure.message]} autoFocus />}
      <QuickAdd failure={failure} draft={draft} />
      <div className="grid gap-2">
        <FilterTabs show={show} />
        <TaskList data={data} pagination={pagination} show={show} />
        <Pagination page={pagination.page} pages={pagination.pages} show={show} />
      </div>
    </div>
  );
}

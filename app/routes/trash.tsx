import { useActionData, useLoaderData } from "@remix-run/react";
import { Pagination } from "#app/components/tasks/pagination.tsx";
import { TrashList } from "#app/components/trash/trash-list.tsx";
import { trashPath } from "#app/components/trash/trash-path.ts";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { unknownFormError } from "#app/errors.ts";
import { requireCaller, requireRateLimitedCaller } from "#app/http/auth/guards.server.ts";
import { redirectWithNotice } from "#app/http/auth/session-response.server.ts";
import { parseTaskId } from "#app/http/input.server.ts";
import { pageHeaders } from "#app/http/pages/page-headers.ts";
import { pageAction, pageLoader } from "#app/http/pages/page-route.server.ts";
import type { SubmittedForm } from "#app/http/pages/submitted-form.server.ts";
import type { Notice } from "#app/page-data/notice.ts";
import { trashQuerySchema } from "#app/schemas/task.ts";
import type { RequestCaller } from "#app/services/callers.server.ts";
import { emptyTrash, eraseTask, getTrashPage, restoreTask } from "#app/services/trash.server.ts";

export const meta = pageTitle("Trash");
export {
  keepFormOnNetworkError as clientAction,
  PageError as ErrorBoundary,
  pageHeaders as headers,
  revalidateOnSuccess as shouldRevalidate,
};

const readPage = (url: URL) => trashQuerySchema.parse(Object.fromEntries(url.searchParams)).page;

export const loader = pageLoader(async (context) =>
  getTrashPage(await requireCaller(context), readPage(context.url)),
);

/** Processes one of the page's forms. @returns the notice to show */
async function processForm(caller: RequestCaller, form: SubmittedForm): Promise<Notice> {
  const id = () => parseTaskId(form.get("id"));
  switch (form.intent) {
    case "restore":
      await restoreTask(caller, id());
      return { text: "Task restored.", show: `/tasks/${id()}` };
    case "erase":
      await eraseTask(caller, id());
      return { text: "Deleted for good." };
    case "empty":
      await emptyTrash(caller);
      return { text: "The trash is empty." };
    default:
      throw unknownFormError();
  }
}

export const action = pageAction(async (context) => {
  const caller = await requireRateLimitedCaller(context);
  const notice = await processForm(caller, context.form);
  return redirectWithNotice(context, trashPath(readPage(context.url)), notice);
});

export default function Trash() {
  const { data, pagination } = useLoaderData<typeof loader>();
  const failure = useActionData<typeof action>();
  const isListed = data.some(({ id }) => String(id) === failure?.values.id);
  return (
    <div className="grid max-w-column gap-5">
      <PageHeading>Trash</PageHeading>
      {failure && !isListed && <FailureMessage lines={[failure.message]} autoFocus />}
      <TrashList data={data} pagination={pagination} />
      <Pagination page={pagination.page} pages={pagination.pages} pathOf={trashPath} />
    </div>
  );
}

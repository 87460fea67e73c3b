import {
  eraseDeletedTasks,
  eraseTask as eraseRow,
  findDeletedTaskPage,
  findTaskOrDeleted,
  restoreTask as restoreRow,
} from "#app/repositories/deleted-tasks.server.ts";
import { type DeletedTaskPage, PAGE_LIMIT_DEFAULT, type Task } from "#app/schemas/task.ts";
import { type RequestCaller, requireActive } from "./callers.server.ts";
import {
  getTaskText,
  pagination,
  type TaskText,
  taskQuota,
  taskTextOf,
  throwNotFoundOrForbidden,
  versionError,
} from "./tasks.server.ts";

/* As in tasks.server.ts, every function throws AUTH_INVALID when the caller's session has ended. */

/** Keeps each statement far below the time limit, however large the trash is. */
const BATCH_ROWS = 5_000;

/**
 * One page of the caller's deleted tasks, the one that was deleted last first.
 * @param query `page` counts from 1, `limit` is 1–100; a page after the last one is empty
 * @returns the JSON text of a `TaskPage` whose tasks have `deleted_at`
 */
export async function getTrashPageJson(
  caller: RequestCaller,
  { page, limit }: { page: number; limit: number },
): Promise<string> {
  const { data, total } = await requireActive(caller, findDeletedTaskPage(caller, { page, limit }));
  return `{"data":${data},"pagination":${JSON.stringify(pagination(page, limit, total))}}`;
}

/** One page of the trash, as `getTrashPageJson`. */
export async function getTrashPage(caller: RequestCaller, page: number): Promise<DeletedTaskPage> {
  return JSON.parse(await getTrashPageJson(caller, { page, limit: PAGE_LIMIT_DEFAULT }));
}

/**
 * Finds a task, deleted or not. A deleted one has `deleted_at`.
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function getTaskOrDeleted(caller: RequestCaller, id: number): Promise<Task> {
  const { task } = await requireActive(caller, findTaskOrDeleted(caller, id));
  return JSON.parse(task ?? (await throwNotFoundOrForbidden(caller, id)));
}

/**
 * Restores a deleted task with its id and times. Does nothing for a task that is not deleted.
 * @throws AppError NOT_FOUND after TRASH_DAYS; FORBIDDEN for another user's task; QUOTA_EXCEEDED, and the task can be
 * restored once others are deleted
 */
export async function restoreTask(caller: RequestCaller, id: number): Promise<TaskText> {
  const { task } = await requireActive(caller, restoreRow(caller, id, taskQuota()));
  return task === null ? getTaskText(caller, id) : taskTextOf(task);
}

/**
 * Erases a deleted task for good.
 * @param options.listed also a task that is not deleted
 * @param options.versions only if the task has one of them
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task; PRECONDITION_FAILED
 */
export async function eraseTask(
  caller: RequestCaller,
  id: number,
  { listed = false, versions }: { listed?: boolean; versions?: number[] | undefined } = {},
): Promise<void> {
  const erase = () => requireActive(caller, eraseRow(caller, id, { listed, versions }));
  let { erased, found } = await erase();
  // A deletion or restoration that committed while the statement waited has moved the task where it did not look.
  if (!found) ({ erased, found } = await erase());
  if (erased) return;
  if (found) throw versionError();
  await throwNotFoundOrForbidden(caller, id);
}

/** Erases all deleted tasks of the caller for good. @returns how many */
export async function emptyTrash(caller: RequestCaller): Promise<number> {
  for (let total = 0; ; ) {
    const { erased } = await requireActive(caller, eraseDeletedTasks(caller, BATCH_ROWS));
    total += erased;
    if (erased < BATCH_ROWS) return total;
  }
}

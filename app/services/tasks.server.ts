import { env } from "#app/env.server.ts";
import { AppError, notFoundError } from "#app/errors.ts";
import {
  findTaskOrDeleted,
  removeTask as removeRow,
  removeTaskVersion,
} from "#app/repositories/deleted-tasks.server.ts";
import { findTaskDashboard, findTaskPage } from "#app/repositories/task-pages.server.ts";
import { findMatchingTaskDashboard, findMatchingTaskPage } from "#app/repositories/task-search.server.ts";
import {
  findTask,
  insertTask,
  type TaskUpdate,
  taskBelongsToOther,
  updateTask,
  updateTaskVersion,
} from "#app/repositories/tasks.server.ts";
import {
  type DashboardQuery,
  type NewTask,
  PAGE_LIMIT_DEFAULT,
  type Task,
  type TaskChanges,
  type TaskDashboard,
  type TaskQuery,
} from "#app/schemas/task.ts";
import { type RequestCaller, requireActive } from "./callers.server.ts";
import { rateLimitError } from "./rate-limits.server.ts";
import { createUserSlots } from "./user-slots.server.ts";

/*
 * Every function throws AUTH_INVALID when the caller's session has ended. Tasks are returned as JSON text where the API
 * sends them on without reading them.
 */

/** A task as the API sends it. */
export interface TaskText {
  id: number;
  version: number;
  /** The JSON text of the `Task`. */
  json: string;
}

/** Adds the id and the version of a task to its JSON text. */
export function taskTextOf(json: string): TaskText {
  const { id, version } = JSON.parse(json) as Task;
  return { id, version, json };
}

/** The number of tasks that a user can have. */
export const taskQuota = (): number => env().TASKS_PER_USER_MAX;

/** The pagination of a list with `total` items. */
export const pagination = (page: number, limit: number, total: number) => ({
  page,
  limit,
  total,
  pages: Math.ceil(total / limit),
});

/**
 * Searches of one user that run at once, in each process. One takes up to 300 ms of the database, so they must not take all
 * connections.
 */
const SEARCHES_PER_USER_MAX = 4;
const WAITING_SEARCHES_PER_USER_MAX = 128;
const withSearchSlot = createUserSlots({
  max: SEARCHES_PER_USER_MAX,
  waitingMax: WAITING_SEARCHES_PER_USER_MAX,
  rejection: () =>
    rateLimitError("searches", "You're searching a lot at once.", {
      limit: SEARCHES_PER_USER_MAX + WAITING_SEARCHES_PER_USER_MAX,
      resetMs: 1_000,
    }),
});

/**
 * One page of the caller's tasks, or of those that contain the text `q`, newest first.
 * @param query `page` counts from 1, `limit` is 1–100; a page after the last one is empty
 * @returns the JSON text of a `TaskPage`
 * @throws AppError RATE_LIMITED when too many searches of the user wait
 */
export async function getTaskPageJson(caller: RequestCaller, query: TaskQuery): Promise<string> {
  const { q } = query;
  const found =
    q === undefined
      ? findTaskPage(caller, query)
      : withSearchSlot(caller.userId, () => findMatchingTaskPage(caller, { ...query, q }));
  const { data, total } = await requireActive(caller, found);
  return `{"data":${data},"pagination":${JSON.stringify(pagination(query.page, query.limit, total))}}`;
}

/**
 * The data of the dashboard: one page of the filtered tasks, or of those that contain the text `q`, newest first (done ones:
 * newest completion first), and the counts of all filters.
 */
export async function getTaskDashboard(
  caller: RequestCaller,
  { page, show, q }: DashboardQuery,
): Promise<TaskDashboard> {
  const limit = PAGE_LIMIT_DEFAULT;
  const { data, counts, matches } = q
    ? await requireActive(caller, findMatchingTaskDashboard(caller, { q, show, page, limit }))
    : { matches: null, ...(await requireActive(caller, findTaskDashboard(caller, { show, page, limit }))) };
  const total = (matches ?? counts)[show];
  return { data, counts, matches, show, q, pagination: pagination(page, limit, total) };
}

/**
 * Finds a task.
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function getTaskText(caller: RequestCaller, id: number): Promise<TaskText> {
  const { task } = await requireActive(caller, findTask(caller, id));
  return taskTextOf(task ?? (await throwNotFoundOrForbidden(caller, id)));
}

/**
 * Creates a task.
 * @throws AppError QUOTA_EXCEEDED when the caller has TASKS_PER_USER_MAX tasks
 */
export async function createTask(caller: RequestCaller, input: NewTask): Promise<TaskText> {
  const { task } = await requireActive(caller, insertTask(caller, input, { quota: taskQuota() }));
  if (task === null) throw new Error("a task was not inserted");
  return taskTextOf(task);
}

/** Changes a task if it has one of the given versions, or any version without them. */
async function update(
  caller: RequestCaller,
  id: number,
  changes: TaskUpdate,
  versions: number[] | undefined,
): Promise<TaskText> {
  const result =
    versions === undefined
      ? { found: null, ...(await requireActive(caller, updateTask(caller, id, changes))) }
      : await requireActive(caller, updateTaskVersion(caller, id, changes, versions));
  if (result.task !== null) return taskTextOf(result.task);
  if (result.found !== null) throw versionError();
  return throwNotFoundOrForbidden(caller, id);
}

/** The error of a change to a version that the task does not have. */
export const versionError = (): AppError =>
  new AppError("PRECONDITION_FAILED", "This task has changed. Read it again, then repeat your change.");

/**
 * Changes the given fields; the others stay.
 * @param versions the change is made only if the task has one of them
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task; PRECONDITION_FAILED
 */
export const changeTask = (
  caller: RequestCaller,
  id: number,
  changes: TaskChanges,
  versions?: number[],
): Promise<TaskText> => update(caller, id, changes, versions);

/**
 * As `changeTask`, for a task that the user sees.
 * @throws AppError NOT_FOUND: it was deleted since, in another tab or on another device; with `details.task` if it can be
 * restored
 */
export async function changeListedTask(
  caller: RequestCaller,
  id: number,
  changes: TaskChanges,
): Promise<void> {
  const { task } = await requireActive(caller, updateTask(caller, id, changes));
  if (task === null) await throwDeletedOrForbidden(caller, id);
}

/**
 * Marks a task as done or open.
 * @param completed the new state; without it the state is toggled
 * @param versions as for `changeTask`
 * @throws AppError as `changeTask`
 */
export const completeTask = (
  caller: RequestCaller,
  id: number,
  completed?: boolean,
  versions?: number[],
): Promise<TaskText> => update(caller, id, { completed: completed ?? "toggle" }, versions);

/**
 * Deletes a task. It can be restored for TRASH_DAYS. The trash holds as many tasks as an account can have, so that adding
 * and deleting tasks in a loop does not fill the disk: those that were deleted first are erased.
 * @param versions as for `changeTask`
 * @throws AppError as `changeTask`
 */
export async function removeTask(caller: RequestCaller, id: number, versions?: number[]): Promise<void> {
  const quota = taskQuota();
  const result =
    versions === undefined
      ? { found: false, ...(await requireActive(caller, removeRow(caller, id, quota))) }
      : await requireActive(caller, removeTaskVersion(caller, id, quota, versions));
  if (result.removed) return;
  if (result.found) throw versionError();
  await throwNotFoundOrForbidden(caller, id);
}

const DELETED = "This task was deleted.";

async function throwDeletedOrForbidden(caller: RequestCaller, id: number): Promise<never> {
  const { task } = await requireActive(caller, findTaskOrDeleted(caller, id));
  if (task === null) return throwNotFoundOrForbidden(caller, id, DELETED);
  throw new AppError("NOT_FOUND", DELETED, { details: { task: [DELETED] } });
}

/**
 * Finds out why a statement that is limited to the caller's tasks matched no row.
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function throwNotFoundOrForbidden(
  caller: RequestCaller,
  id: number,
  notFound = "Task not found.",
): Promise<never> {
  await assertNotForeign(caller, id);
  throw notFoundError(notFound);
}

/** @throws AppError FORBIDDEN for another user's task */
export async function assertNotForeign({ userId }: RequestCaller, id: number): Promise<void> {
  if (await taskBelongsToOther(userId, id))
    throw new AppError("FORBIDDEN", "This task belongs to another user.");
}

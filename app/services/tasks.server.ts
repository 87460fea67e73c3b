import { createHash, randomUUID } from "node:crypto";
import { env } from "#app/env.server.ts";
import { AppError, notFoundError } from "#app/errors.ts";
import { findTaskOrDeleted, removeTask as removeRow } from "#app/repositories/deleted-tasks.server.ts";
import { findTaskDashboard, findTaskPage } from "#app/repositories/task-pages.server.ts";
import { findMatchingTaskDashboard, findMatchingTaskPage } from "#app/repositories/task-search.server.ts";
import { findTask, insertTask, taskBelongsToOther, updateTask } from "#app/repositories/tasks.server.ts";
import {
  type DashboardQuery,
  type NewTask,
  PAGE_LIMIT_DEFAULT,
  type Task,
  type TaskChanges,
  type TaskDashboard,
  type TaskQuery,
} from "#app/schemas/task.ts";
import { type RequestCaller, requireActive } from "./sessions.server.ts";

/*
 * Every function throws AUTH_INVALID when the caller's session has ended. Tasks are returned as JSON text where the API
 * sends them on without reading them.
 */

const taskQuota = (): number => env().TASKS_PER_USER_MAX;

/** The pagination of a list with `total` items. */
export const pagination = (page: number, limit: number, total: number) => ({
  page,
  limit,
  total,
  pages: Math.ceil(total / limit),
});

/**
 * One page of the caller's tasks, or of those that contain the text `q`, newest first.
 * @param query `page` counts from 1, `limit` is 1–100; a page after the last one is empty
 * @returns the JSON text of a `TaskPage`
 */
export async function getTaskPageJson(caller: RequestCaller, query: TaskQuery): Promise<string> {
  const { q } = query;
  const found = q === undefined ? findTaskPage(caller, query) : findMatchingTaskPage(caller, { ...query, q });
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
 * @returns the JSON text of a `Task`
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function getTaskJson(caller: RequestCaller, id: number): Promise<string> {
  const { task } = await requireActive(caller, findTask(caller, id));
  return task ?? throwNotFoundOrForbidden(caller, id);
}

/** @throws AppError NOT_FOUND; FORBIDDEN for another user's task */
export async function getTask(caller: RequestCaller, id: number): Promise<Task> {
  return JSON.parse(await getTaskJson(caller, id));
}

/**
 * Creates a task.
 * @returns its id, and its JSON text
 * @throws AppError QUOTA_EXCEEDED when the caller has TASKS_PER_USER_MAX tasks
 */
export async function createTask(
  caller: RequestCaller,
  input: NewTask,
): Promise<{ id: number; json: string }> {
  const { task } = await requireActive(caller, insertTask(caller, input, { quota: taskQuota() }));
  if (task === null) throw new Error("a task without a submission id was not inserted");
  return { id: JSON.parse(task).id, json: task };
}

/** The idempotency key of a form for a new task. */
export const newSubmissionId = (): string => randomUUID();

/**
 * Creates a task from a form that may arrive more than once: after a double click, a reload, or a retry when the
 * response was lost. The same text with the same submission id creates one task.
 * @param submissionId the form's `newSubmissionId`; an empty one always creates a task
 * @returns the id of the task; undefined if an earlier submission has created it
 * @throws AppError QUOTA_EXCEEDED when the caller has TASKS_PER_USER_MAX tasks, unless the form was submitted before
 */
export async function submitTask(
  caller: RequestCaller,
  input: NewTask,
  submissionId: string,
): Promise<number | undefined> {
  const { title, description = null } = input;
  // The text is part of the key: an edited form is another submission.
  const digest = createHash("sha256").update(JSON.stringify([submissionId, title, description]));
  // PostgreSQL accepts 32 hexadecimal digits as a UUID.
  const key = submissionId ? digest.digest("hex").slice(0, 32) : null;
  const { task } = await requireActive(
    caller,
    insertTask(caller, input, { quota: taskQuota(), submissionId: key }),
  );
  return task === null ? undefined : JSON.parse(task).id;
}

/**
 * Creates a task for each title, so that the first one is the newest and heads the list. After a failure, a repeated
 * submission creates only the tasks that are missing.
 * @param submissionId as in `submitTask`
 * @throws AppError QUOTA_EXCEEDED as `submitTask`
 */
export async function submitTasks(
  caller: RequestCaller,
  titles: string[],
  submissionId: string,
): Promise<void> {
  for (const [index, title] of [...titles.entries()].reverse())
    await submitTask(caller, { title }, submissionId && `${submissionId} ${index}`);
}

/**
 * Changes the given fields; the others stay.
 * @returns the JSON text of the changed task
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function changeTask(caller: RequestCaller, id: number, changes: TaskChanges): Promise<string> {
  const { task } = await requireActive(caller, updateTask(caller, id, changes));
  return task ?? throwNotFoundOrForbidden(caller, id);
}

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
 * @returns the JSON text of the changed task
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function completeTask(caller: RequestCaller, id: number, completed?: boolean): Promise<string> {
  const changes = { completed: completed ?? ("toggle" as const) };
  const { task } = await requireActive(caller, updateTask(caller, id, changes));
  return task ?? throwNotFoundOrForbidden(caller, id);
}

/**
 * Deletes a task. It can be restored for TRASH_DAYS. The trash holds as many tasks as an account can have, so that adding
 * and deleting tasks in a loop does not fill the disk: those that were deleted first are erased.
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function removeTask(caller: RequestCaller, id: number): Promise<void> {
  const { removed } = await requireActive(caller, removeRow(caller, id, taskQuota()));
  if (!removed) await throwNotFoundOrForbidden(caller, id);
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
  { userId }: RequestCaller,
  id: number,
  notFound = "Task not found.",
): Promise<never> {
  if (await taskBelongsToOther(userId, id))
    throw new AppError("FORBIDDEN", "This task belongs to another user.");
  throw notFoundError(notFound);
}

import { createHash, randomUUID } from "node:crypto";
import { AppError, notFoundError } from "#app/errors.ts";
import {
  removeTask as removeRow,
  restoreTask as restoreRow,
} from "#app/repositories/deleted-tasks.server.ts";
import {
  findTask,
  findTaskDashboard,
  findTaskPage,
  insertTask,
  taskBelongsToOther,
  updateTask,
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

/**
 * One page of an owner's tasks as JSON text, for those who pass it on unread.
 * @param query `page` counts from 1, `limit` 1–100; a page beyond the last is empty
 */
export const getTaskPageJson = (owner: string, query: TaskQuery): Promise<string> =>
  findTaskPage(owner, query);

/** What the dashboard shows: one page of an owner's tasks of a kind, newest first, and how many there are of each. */
export async function getTaskDashboard(
  owner: string,
  { page, show }: DashboardQuery,
): Promise<TaskDashboard> {
  const limit = PAGE_LIMIT_DEFAULT;
  const kind = show === "all" ? {} : { completed: show === "done" };
  const { data, counts } = await findTaskDashboard(owner, { page, limit, ...kind });
  const total = counts[show];
  return { data, counts, show, pagination: { page, limit, total, pages: Math.ceil(total / limit) } };
}

/** @throws AppError NOT_FOUND, or FORBIDDEN when the task is somebody else's */
export async function getTask(owner: string, id: number): Promise<Task> {
  return (await findTask(owner, id)) ?? throwNotFoundOrForbidden(owner, id);
}

/** @returns the task with its id and times */
export async function createTask(owner: string, input: NewTask): Promise<Task> {
  const task = await insertTask(owner, input);
  if (!task) throw new Error("a task without a submission was taken for a repeated one");
  return task;
}

/** What tells a form for a new task from every other one. */
export const newSubmissionId = (): string => randomUUID();

/**
 * Creates a task from a form that may be sent more than once: by a double press, by a reload, or again after a failure
 * of which nobody knows what became of it. Whatever its number, the same words under the same mark are one task.
 * @param mark the form's `newMark`; with other words it is another submission, and without a mark always a new one
 */
export async function submitTask(owner: string, input: NewTask, mark: string): Promise<void> {
  const { title, description = null } = input;
  const digest = createHash("sha256").update(JSON.stringify([mark, title, description]));
  // PostgreSQL takes 32 hexadecimal digits for a UUID.
  await insertTask(owner, input, mark ? digest.digest("hex").slice(0, 32) : null);
}

/**
 * Changes what is given and leaves the rest.
 * @throws AppError NOT_FOUND, or FORBIDDEN when the task is somebody else's
 */
export async function changeTask(owner: string, id: number, changes: TaskChanges): Promise<Task> {
  return (await updateTask(owner, id, changes)) ?? throwNotFoundOrForbidden(owner, id);
}

/**
 * Marks a task done or open.
 * @param completed what it shall be; absent turns the present state over
 * @throws AppError NOT_FOUND, or FORBIDDEN when the task is somebody else's
 */
export async function completeTask(owner: string, id: number, completed?: boolean): Promise<Task> {
  return (
    (await updateTask(owner, id, { completed: completed ?? "toggle" })) ?? throwNotFoundOrForbidden(owner, id)
  );
}

/**
 * Deletes a task. For UNDO_MINUTES it can be restored, then housekeeping erases it.
 * @throws AppError NOT_FOUND, or FORBIDDEN when the task is somebody else's
 */
export async function removeTask(owner: string, id: number): Promise<void> {
  if (!(await removeRow(owner, id))) await throwNotFoundOrForbidden(owner, id);
}

/**
 * Takes a deletion back: the task is as it was, id and times included. One that is there already is left alone.
 * @throws AppError NOT_FOUND when its time is over, or FORBIDDEN when the task is somebody else's
 */
export async function restoreTask(owner: string, id: number): Promise<void> {
  if (!(await restoreRow(owner, id))) await getTask(owner, id);
}

/** Nothing was touched, for the owner is part of every query: what remains is to say why. */
async function throwNotFoundOrForbidden(owner: string, id: number): Promise<never> {
  if (await taskBelongsToOther(owner, id))
    throw new AppError("FORBIDDEN", "This task belongs to somebody else.");
  throw notFoundError("There is no such task.");
}

import { createHash, randomUUID } from "node:crypto";
import { AppError, notFoundError } from "#app/errors.ts";
import {
  removeTask as removeRow,
  restoreTask as restoreRow,
} from "#app/repositories/deleted-tasks.server.ts";
import { findTaskDashboard, findTaskPage } from "#app/repositories/task-pages.server.ts";
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

/**
 * One page of a user's tasks, newest first, as JSON text: the API sends it without parsing it.
 * @param query `page` counts from 1, `limit` is 1–100; a page after the last one is empty
 */
export const getTaskPageJson = (userId: string, query: TaskQuery): Promise<string> =>
  findTaskPage(userId, query);

/** The data of the dashboard: one page of the filtered tasks, newest first, and the counts of all filters. */
export async function getTaskDashboard(
  userId: string,
  { page, show }: DashboardQuery,
): Promise<TaskDashboard> {
  const limit = PAGE_LIMIT_DEFAULT;
  const filter = show === "all" ? {} : { completed: show === "done" };
  const { data, counts } = await findTaskDashboard(userId, { page, limit, ...filter });
  const total = counts[show];
  return { data, counts, show, pagination: { page, limit, total, pages: Math.ceil(total / limit) } };
}

/** @throws AppError NOT_FOUND; FORBIDDEN for another user's task */
export async function getTask(userId: string, id: number): Promise<Task> {
  return (await findTask(userId, id)) ?? throwNotFoundOrForbidden(userId, id);
}

/** @returns the new task with its id and times */
export async function createTask(userId: string, input: NewTask): Promise<Task> {
  const task = await insertTask(userId, input);
  if (!task) throw new Error("a task without a submission id was not inserted");
  return task;
}

/** The idempotency key of a form for a new task. */
export const newSubmissionId = (): string => randomUUID();

/**
 * Creates a task from a form that may arrive more than once: after a double click, a reload, or a retry when the
 * response was lost. The same text with the same submission id creates one task.
 * @param submissionId the form's `newSubmissionId`; an empty one always creates a task
 */
export async function submitTask(userId: string, input: NewTask, submissionId: string): Promise<void> {
  const { title, description = null } = input;
  // The text is part of the key: an edited form is another submission.
  const digest = createHash("sha256").update(JSON.stringify([submissionId, title, description]));
  // PostgreSQL accepts 32 hexadecimal digits as a UUID.
  await insertTask(userId, input, submissionId ? digest.digest("hex").slice(0, 32) : null);
}

/**
 * Changes the given fields; the others stay.
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function changeTask(userId: string, id: number, changes: TaskChanges): Promise<Task> {
  return (await updateTask(userId, id, changes)) ?? throwNotFoundOrForbidden(userId, id);
}

/**
 * Marks a task as done or open.
 * @param completed the new state; without it the state is toggled
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function completeTask(userId: string, id: number, completed?: boolean): Promise<Task> {
  return (
    (await updateTask(userId, id, { completed: completed ?? "toggle" })) ??
    throwNotFoundOrForbidden(userId, id)
  );
}

/**
 * Deletes a task. It can be restored for UNDO_MINUTES.
 * @throws AppError NOT_FOUND; FORBIDDEN for another user's task
 */
export async function removeTask(userId: string, id: number): Promise<void> {
  if (!(await removeRow(userId, id))) await throwNotFoundOrForbidden(userId, id);
}

/**
 * Restores a deleted task with its id and times. Does nothing for a task that is not deleted.
 * @throws AppError NOT_FOUND after UNDO_MINUTES; FORBIDDEN for another user's task
 */
export async function restoreTask(userId: string, id: number): Promise<void> {
  if (!(await restoreRow(userId, id))) await getTask(userId, id);
}

/** Finds out why a query that is scoped to the user matched no row. */
async function throwNotFoundOrForbidden(userId: string, id: number): Promise<never> {
  if (await taskBelongsToOther(userId, id))
    throw new AppError("FORBIDDEN", "This task belongs to another user.");
  throw notFoundError("Task not found.");
}

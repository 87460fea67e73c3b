import { AppError, notFound } from "#app/errors.ts";
import {
  belongsToAnother,
  findTask,
  findTaskPage,
  insertTask,
  removeTask as removeRow,
  updateTask,
} from "#app/repositories/tasks.server.ts";
import type { NewTask, Task, TaskChanges, TaskPage, TaskQuery } from "#app/schemas/task.ts";

/**
 * One page of an owner's tasks as JSON text, for those who pass it on unread.
 * @param query `page` counts from 1, `limit` 1–100; a page beyond the last is empty
 */
export const getTaskPageJson = (owner: string, query: TaskQuery): Promise<string> =>
  findTaskPage(owner, query);

/** One page of an owner's tasks, newest first. @see getTaskPageJson */
export async function getTaskPage(owner: string, query: TaskQuery): Promise<TaskPage> {
  return JSON.parse(await findTaskPage(owner, query));
}

/** @throws AppError NOT_FOUND, or FORBIDDEN when the task is somebody else's */
export async function getTask(owner: string, id: number): Promise<Task> {
  return (await findTask(owner, id)) ?? refuse(owner, id);
}

/** @returns the task with its id and times */
export const createTask = (owner: string, input: NewTask): Promise<Task> => insertTask(owner, input);

/**
 * Changes what is given and leaves the rest.
 * @throws AppError NOT_FOUND, or FORBIDDEN when the task is somebody else's
 */
export async function changeTask(owner: string, id: number, changes: TaskChanges): Promise<Task> {
  return (await updateTask(owner, id, changes)) ?? refuse(owner, id);
}

/**
 * Marks a task done or open.
 * @param completed what it shall be; absent turns the present state over
 * @throws AppError NOT_FOUND, or FORBIDDEN when the task is somebody else's
 */
export async function completeTask(owner: string, id: number, completed?: boolean): Promise<Task> {
  return (await updateTask(owner, id, { completed: completed ?? "toggle" })) ?? refuse(owner, id);
}

/** @throws AppError NOT_FOUND, or FORBIDDEN when the task is somebody else's */
export async function removeTask(owner: string, id: number): Promise<void> {
  if (!(await removeRow(owner, id))) await refuse(owner, id);
}

/** Nothing was touched, for the owner is part of every query: what remains is to say why. */
async function refuse(owner: string, id: number): Promise<never> {
  if (await belongsToAnother(owner, id))
    throw new AppError("FORBIDDEN", "This task belongs to somebody else.");
  throw notFound("There is no such task.");
}

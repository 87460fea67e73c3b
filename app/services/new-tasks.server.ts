import { createHash, randomUUID } from "node:crypto";
import { AppError } from "#app/errors.ts";
import { insertTaskOnce } from "#app/repositories/idempotency-keys.server.ts";
import type { NewTask } from "#app/schemas/task.ts";
import { type RequestCaller, requireActive } from "./callers.server.ts";
import { createTask, type TaskText, taskQuota, taskTextOf } from "./tasks.server.ts";

/*
 * New tasks whose request may arrive more than once: after a double click, a reload, or a retry when the response was
 * lost. Keys are kept for IDEMPOTENCY_KEY_HOURS. A failed request keeps none, so its retry may succeed.
 */

/** A digest as a UUID: PostgreSQL accepts 32 hexadecimal digits. */
const digest = (...parts: unknown[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);

const fingerprintOf = ({ title, description = null }: NewTask): string => digest(title, description);

/**
 * Creates a task once per idempotency key.
 * @returns the task as it was created, and whether an earlier request has created it
 * @throws AppError QUOTA_EXCEEDED; IDEMPOTENCY_KEY_REUSED for another text than the first one of this key;
 * IDEMPOTENCY_KEY_IN_USE while another request with this key is running
 */
export async function createTaskOnce(
  caller: RequestCaller,
  input: NewTask,
  idempotencyKey: string,
): Promise<TaskText & { replayed: boolean }> {
  const key = digest("api", idempotencyKey);
  const options = { quota: taskQuota(), key, fingerprint: fingerprintOf(input) };
  const { task, replayed } = await requireActive(caller, insertTaskOnce(caller, input, options));
  if (task !== null) return { ...taskTextOf(task), replayed };
  throw new AppError(
    "IDEMPOTENCY_KEY_REUSED",
    "This idempotency key was sent before with another body. Send a new key for a new task.",
  );
}

/** The idempotency key of a form for a new task. */
export const newSubmissionId = (): string => randomUUID();

/**
 * Creates a task from a form. The same text with the same submission id creates one task.
 * @param submissionId the form's `newSubmissionId`; an empty one always creates a task
 * @returns the id of the task, also if an earlier submission has created it
 * @throws AppError QUOTA_EXCEEDED, unless the form was submitted before; IDEMPOTENCY_KEY_IN_USE
 */
export async function submitTask(
  caller: RequestCaller,
  input: NewTask,
  submissionId: string,
): Promise<number> {
  if (!submissionId) return (await createTask(caller, input)).id;
  const fingerprint = fingerprintOf(input);
  // The text is part of the key: an edited form is another submission.
  const key = digest("form", submissionId, fingerprint);
  const options = { quota: taskQuota(), key, fingerprint };
  const { task } = await requireActive(caller, insertTaskOnce(caller, input, options));
  if (task === null) throw new Error("the text of a submission differs from its key");
  return taskTextOf(task).id;
}

/**
 * Creates a task for each title, so that the first one is the newest and heads the list. After a failure, a repeated
 * submission creates only the tasks that are missing.
 * @param submissionId as in `submitTask`
 * @throws AppError as `submitTask`
 */
export async function submitTasks(
  caller: RequestCaller,
  titles: string[],
  submissionId: string,
): Promise<void> {
  for (const [index, title] of [...titles.entries()].reverse())
    await submitTask(caller, { title }, submissionId && `${submissionId} ${index}`);
}

import { z } from "zod";
import { AppError } from "#app/errors.ts";
import type { FormRecovery } from "#app/page-data/form-failure.ts";
import type { Notice } from "#app/page-data/notice.ts";
import type { TaskChanges } from "#app/schemas/task.ts";
import { newSubmissionId } from "#app/services/new-tasks.server.ts";
import { type OpenedTask, TaskConflictError, TaskDeletedError } from "#app/services/task-edits.server.ts";
import type { SubmittedForm } from "./submitted-form.server.ts";

const versionSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,9}$/)
  .transform(Number)
  .refine((version) => version < 2 ** 31);

/** Reads the hidden fields of a task's form. A form after a sign-in has only the version, other clients have none. */
function readOpened(form: SubmittedForm): OpenedTask | undefined {
  const version = versionSchema.safeParse(form.get("version")).data;
  if (version === undefined) return undefined;
  const title = form.get("base_title");
  // A title is never empty, so the form has the other fields too.
  if (!title) return { version };
  const completed = form.get("base_completed");
  return {
    version,
    title,
    description: form.get("base_description"),
    ...(completed && { completed: completed === "true" }),
  };
}

/**
 * Reads the form of a task.
 * @param schema of its fields
 * @returns the edited fields, and the task as it was when the form was opened
 * @throws AppError VALIDATION_ERROR
 */
export function readTaskForm<S extends z.ZodType<TaskChanges>>(
  form: SubmittedForm,
  schema: S,
): { edit: TaskChanges; opened: OpenedTask | undefined } {
  const edit: TaskChanges = { ...form.parse(schema) };
  const opened = readOpened(form);
  if (opened?.title !== undefined) {
    if (form.get("keep_title") === "saved") edit.title = opened.title;
    if (form.get("keep_description") === "saved") edit.description = opened.description;
  }
  return { edit, opened };
}

/** Returns the data that a form needs to continue after an error. */
export function recoveryFrom(error: AppError): FormRecovery | undefined {
  if (error instanceof TaskDeletedError) return { submissionId: newSubmissionId() };
  if (!(error instanceof TaskConflictError)) return undefined;
  const { current, fields } = error;
  const saved = { title: current.title, description: current.description ?? "" };
  const conflicts = Object.entries(fields).map(([name, { edited }]) => [
    name,
    { saved: saved[name as keyof typeof saved], edited },
  ]);
  return { conflict: { version: current.version, fields: Object.fromEntries(conflicts) } };
}

/** The notice about a row whose task another tab or device has deleted. Rethrows other errors. */
export function noticeOfDeleted(error: unknown): Notice {
  if (error instanceof AppError && error.code === "NOT_FOUND")
    return { text: "This task was deleted.", trash: true };
  throw error;
}

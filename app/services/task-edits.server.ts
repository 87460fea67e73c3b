import { AppError } from "#app/errors.ts";
import { updateTaskVersion } from "#app/repositories/tasks.server.ts";
import type { Task, TaskChanges } from "#app/schemas/task.ts";
import { type RequestCaller, requireActive } from "./callers.server.ts";
import { assertNotForeign, changeTask } from "./tasks.server.ts";

/** The fields of a task that a form shows and changes. */
type TaskFields = Pick<Task, "title" | "description" | "completed">;

/** The task as it was when its form was opened. Without the fields, each field that differs counts as changed. */
export type OpenedTask = Pick<Task, "version"> & TaskChanges;

/** The task was deleted while its form was open. */
export class TaskDeletedError extends AppError {
  constructor() {
    super("NOT_FOUND", "This task was deleted. Your text is still here.");
  }
}

/** The same field was changed differently in the form and elsewhere, so nothing was saved. */
export class TaskConflictError extends AppError {
  /** The task as it is now. */
  readonly current: Task;
  /** The text fields that were changed elsewhere and differ from the form, with whether the form has changed them too. */
  readonly fields: Partial<Record<"title" | "description", { edited: boolean }>>;

  constructor(current: Task, fields: TaskConflictError["fields"]) {
    super(
      "PRECONDITION_FAILED",
      "This task was changed elsewhere while you edited it. Nothing is lost: choose what to keep, then save again.",
    );
    this.current = current;
    this.fields = fields;
  }
}

/** Forms send line breaks as CRLF and trim text. */
const normalized = (value: string | boolean | null | undefined) =>
  typeof value === "string" ? value.replace(/\r\n?/g, "\n").trim() : (value ?? "");

const isSame = (a: string | boolean | null | undefined, b: string | boolean | null | undefined): boolean =>
  normalized(a) === normalized(b);

const isChanged = (field: keyof TaskFields, from: TaskChanges, to: TaskChanges): boolean =>
  from[field] === undefined || !isSame(from[field], to[field]);

/** The fields of a form that were changed in it. */
function changesOf(edit: TaskChanges, opened: OpenedTask): TaskChanges {
  const fields = Object.keys(edit) as (keyof TaskChanges)[];
  return Object.fromEntries(
    fields.filter((field) => isChanged(field, opened, edit)).map((field) => [field, edit[field]]),
  );
}

/** Compares a form, the task when the form was opened, and the task now. @throws TaskConflictError */
function assertMergeable(edit: TaskChanges, opened: OpenedTask, current: Task): void {
  const fields: TaskConflictError["fields"] = {};
  for (const field of ["title", "description"] as const)
    if (
      edit[field] !== undefined &&
      isChanged(field, opened, current) &&
      !isSame(edit[field], current[field])
    )
      fields[field] = { edited: isChanged(field, opened, edit) };
  if (Object.values(fields).some(({ edited }) => edited)) throw new TaskConflictError(current, fields);
}

/**
 * Saves the form of a task. Changes of different fields, here and elsewhere, are merged.
 * @param opened without it, the form overwrites what was changed elsewhere
 * @throws TaskDeletedError; TaskConflictError; AppError FORBIDDEN for another user's task
 */
export async function saveTask(
  caller: RequestCaller,
  id: number,
  edit: TaskChanges,
  opened: OpenedTask | undefined,
): Promise<void> {
  if (!opened) {
    await changeTask(caller, id, edit).catch((error) => {
      throw error instanceof AppError && error.code === "NOT_FOUND" ? new TaskDeletedError() : error;
    });
    return;
  }
  const changes = changesOf(edit, opened);
  // Each repetition means that another change was saved since the last one, and the rate limit bounds these.
  for (let { version } = opened; ; ) {
    const { task, found } = await requireActive(caller, updateTaskVersion(caller, id, changes, [version]));
    if (task !== null) return;
    if (found === null) {
      await assertNotForeign(caller, id);
      throw new TaskDeletedError();
    }
    const current = JSON.parse(found) as Task;
    assertMergeable(edit, opened, current);
    version = current.version;
  }
}

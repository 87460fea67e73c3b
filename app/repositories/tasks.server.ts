import { type PartialModelObject, raw } from "objection";
import { TaskModel } from "#app/models/task.server.ts";
import { UserModel } from "#app/models/user.server.ts";
import type { NewTask, Task, TaskChanges } from "#app/schemas/task.ts";
import { queryPrepared } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";

const COLUMNS = ["id", "user_id", "title", "description", "completed", "created_at", "updated_at"] as const;

function toTask(row: TaskModel): Task {
  return {
    id: row.id,
    user_id: row.user_id,
    title: row.title,
    description: row.description,
    completed: row.completed,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

const ownedTasks = (userId: string) => UserModel.relatedQuery<TaskModel>("tasks").for(userId);

/**
 * Inserts a task.
 * @param submissionId idempotency key, a UUID: of several inserts with the same one only the first takes effect
 * @returns undefined when the user's submission has been inserted already
 */
export function insertTask(
  userId: string,
  { title, description }: NewTask,
  submissionId: string | null = null,
): Promise<Task | undefined> {
  return query(async () => {
    const row = { user_id: userId, title, description: description ?? null, submission_id: submissionId };
    // Knex, because Objection fails when an ignored conflict returns no row.
    const [inserted] = await TaskModel.knexQuery()
      .insert(row)
      .onConflict(TaskModel.knex().raw("(user_id, submission_id) where submission_id is not null"))
      .ignore()
      .returning(COLUMNS);
    return inserted && toTask(inserted);
  });
}

/** @returns undefined when the user has no task with this id */
export function findTask(userId: string, id: number): Promise<Task | undefined> {
  return query(async () => {
    const row = await ownedTasks(userId).findById(id).select(COLUMNS);
    return row && toTask(row);
  });
}

/** Whether a user other than `userId` has a task with this id. */
export function taskBelongsToOther(userId: string, id: number): Promise<boolean> {
  return query(async () => {
    const row = await TaskModel.query().findById(id).whereNot("user_id", userId).select("id");
    return row !== undefined;
  });
}

/**
 * Changes the given fields; the others stay.
 * @param changes `completed: "toggle"` negates the state in the statement itself, so concurrent toggles all take effect
 * @returns the changed task, or undefined when the user has none with this id
 */
export function updateTask(
  userId: string,
  id: number,
  changes: Omit<TaskChanges, "completed"> & { completed?: boolean | "toggle" | undefined },
): Promise<Task | undefined> {
  const { completed, ...text } = changes;
  const state =
    completed === "toggle"
      ? { completed: raw("not completed") }
      : completed === undefined
        ? {}
        : { completed };
  return query(async () => {
    const row = await ownedTasks(userId)
      .findById(id)
      .patch({ ...text, ...state, updated_at: raw("now()") } as PartialModelObject<TaskModel>)
      .returning([...COLUMNS])
      .first();
    return row && toTask(row);
  });
}

/** A position in a user's tasks, oldest first. Times are PostgreSQL's text with microseconds, which a Date would drop. */
export interface TaskCursor {
  after_created_at: string;
  after_id: number;
  /** The time of the first step. Later tasks are left out, so the walk ends. */
  started_at: string;
}
const START: TaskCursor = { after_created_at: "-infinity", after_id: 0, started_at: "infinity" };
const MICROSECONDS = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

const TASKS_AFTER_SQL = `
  select ${COLUMNS.join(", ")},
    to_char(created_at at time zone 'UTC', ${MICROSECONDS}) as after_created_at,
    to_char(least(cast(:started_at as timestamptz), now()) at time zone 'UTC', ${MICROSECONDS}) as started_at
  from task
  where user_id = :userId
    and (created_at, id) > (cast(:after_created_at as timestamptz), cast(:after_id as bigint))
    and created_at <= least(cast(:started_at as timestamptz), now())
  order by created_at, id limit :limit`;

/**
 * Reads a user's tasks oldest first by keyset pagination: concurrent inserts and deletes do not shift the next page.
 * @returns at most `limit` tasks and the next cursor, which is undefined at the end
 */
export function findTasksAfter(
  userId: string,
  limit: number,
  cursor: TaskCursor = START,
): Promise<{ tasks: Task[]; next: TaskCursor | undefined }> {
  return query(async () => {
    const bindings = { userId, limit, ...cursor };
    const rows: (TaskModel & TaskCursor)[] = await queryPrepared("tasks-after", TASKS_AFTER_SQL, bindings);
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      tasks: rows.map(toTask),
      next: last && {
        after_created_at: last.after_created_at,
        after_id: last.id,
        started_at: last.started_at,
      },
    };
  });
}

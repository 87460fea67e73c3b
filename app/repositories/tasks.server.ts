import { TaskModel } from "#app/models/task.server.ts";
import type { NewTask, Task, TaskChanges } from "#app/schemas/task.ts";
import { queryPrepared } from "#db/connection.ts";
import type { PreparedStatement } from "#db/knex-statement.ts";
import { query } from "./database-errors.server.ts";
import { currentKnex } from "./identity/better-auth.server.ts";
import { type Caller, type CallerRow, callerStatement, queryAsCaller } from "./identity/caller.server.ts";
import { taskText } from "./task-json.server.ts";
import { withinQuota } from "./task-quota.server.ts";

/** `task` is the JSON text of a `Task`, null when the caller has no task with the id. Undefined: the session has ended. */
type TaskResult = Promise<CallerRow<{ task: string | null }> | undefined>;

const asTask = (from: string) => `${taskText(from)} as task`;

const FIND = callerStatement("task", asTask("task where id = $3 and user_id = caller.user_id"));

/** Finds a task of the caller. */
export const findTask = (caller: Caller, id: number): TaskResult => queryAsCaller(FIND, caller, [id]);

const INSERT = callerStatement("task-insert", asTask("inserted"), {
  changes: [
    `inserted as (
      insert into task (user_id, title, description)
      select user_id, $3, $4 from caller where ${withinQuota("$5")}
      returning task.*
    )`,
  ],
});

/** Inserts a task. @param options.quota the number of tasks that the caller can have @throws AppError QUOTA_EXCEEDED */
export const insertTask = (
  caller: Caller,
  { title, description = null }: NewTask,
  { quota }: { quota: number },
): TaskResult => queryAsCaller(INSERT, caller, [title, description, quota]);

/** @param condition SQL that selects a row of `task` and joins it with `from` */
const changedBy = (from: string, condition: string) => `changed as (
      update task set
        title = coalesce($3, task.title),
        description = case when $4 then $5 else task.description end,
        completed = case when $6 then not task.completed else coalesce($7, task.completed) end,
        version = task.version + 1,
        updated_at = now()
      from ${from} where ${condition}
      returning task.*
    )`;

const UPDATE = callerStatement("task-update", asTask("changed"), {
  changes: [changedBy("caller", "task.id = $8 and task.user_id = caller.user_id")],
});

/*
 * The row is locked first. Its version is then the current one also when the statement had to wait for another change,
 * so "changed" and "gone" cannot be confused.
 */
const UPDATE_VERSION = callerStatement(
  "task-update-version",
  `${asTask("changed")}, ${taskText("found")} as found`,
  {
    changes: [
      "found as (select task.* from task join caller using (user_id) where task.id = $8 for update of task)",
      changedBy("found", "task.id = found.id and found.version = any(cast($9 as int[]))"),
    ],
  },
);

/** Changes of a task. `completed: "toggle"` negates the state in the statement itself, so concurrent toggles all take effect. */
export type TaskUpdate = Omit<TaskChanges, "completed"> & { completed?: boolean | "toggle" | undefined };

function updateValues(id: number, changes: TaskUpdate): unknown[] {
  const { title = null, description, completed = null } = changes;
  const toggles = completed === "toggle";
  return [title, description !== undefined, description ?? null, toggles, toggles ? null : completed, id];
}

/** Changes the given fields; the others stay. */
export const updateTask = (caller: Caller, id: number, changes: TaskUpdate): TaskResult =>
  queryAsCaller(UPDATE, caller, updateValues(id, changes));

/**
 * As `updateTask`, if the task has one of the given versions.
 * @returns `found`: the JSON text of the task as it was before, null when the caller has no such task. Without `task` it
 * has another version.
 */
export const updateTaskVersion = (
  caller: Caller,
  id: number,
  changes: TaskUpdate,
  versions: number[],
): Promise<CallerRow<{ task: string | null; found: string | null }> | undefined> =>
  queryAsCaller(UPDATE_VERSION, caller, [...updateValues(id, changes), versions]);

/** Whether a user other than `userId` has a task with this id. */
export function taskBelongsToOther(userId: string, id: number): Promise<boolean> {
  return query(async () => {
    const row = await TaskModel.query().findById(id).whereNot("user_id", userId).select("id");
    return row !== undefined;
  });
}

/** The columns that a task keeps when it is deleted or restored. */
export const TASK_COLUMNS = [
  "id",
  "user_id",
  "title",
  "description",
  "completed",
  "completed_at",
  "created_at",
  "updated_at",
  "version",
] as const;

function toTask(row: TaskModel & { deleted_at?: Date }): Task {
  return {
    ...(row.deleted_at && { deleted_at: row.deleted_at.toISOString() }),
    id: row.id,
    user_id: row.user_id,
    title: row.title,
    description: row.description,
    completed: row.completed,
    completed_at: row.completed_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    version: row.version,
  };
}

/** A position in a user's tasks, oldest first. Times are PostgreSQL's text with microseconds, which a Date would drop. */
export interface TaskCursor {
  after_time: string;
  after_id: number;
  /** The time of the first batch. Later tasks are left out, so that the export ends. */
  started_at: string;
}
const START: TaskCursor = { after_time: "-infinity", after_id: 0, started_at: "infinity" };
const MICROSECONDS = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

/** A batch of `findTasksAfter`: the next cursor is undefined at the end. */
export interface TaskBatch {
  tasks: Task[];
  next: TaskCursor | undefined;
}

/**
 * The statement of `findAfter`.
 * @param time the column by which the table is ordered, together with `id`
 */
export const tasksAfterStatement = (table: string, time: string): PreparedStatement => ({
  name: `${table}-after`,
  readOnly: true,
  sql: `
  select ${[...new Set([...TASK_COLUMNS, time])].join(", ")},
    to_char(${time} at time zone 'UTC', ${MICROSECONDS}) as after_time,
    to_char(least(cast($4 as timestamptz), now()) at time zone 'UTC', ${MICROSECONDS}) as started_at
  from ${table}
  where user_id = $1
    and (${time}, id) > (cast($2 as timestamptz), cast($3 as bigint))
    and ${time} <= least(cast($4 as timestamptz), now())
  order by ${time}, id limit $5`,
});

/**
 * Reads a user's rows by keyset pagination: concurrent inserts and deletes do not shift the next page.
 * @param statement of `tasksAfterStatement`
 */
export function findAfter(
  statement: PreparedStatement,
  userId: string,
  limit: number,
  cursor: TaskCursor = START,
): Promise<TaskBatch> {
  return query(async () => {
    const { after_time, after_id, started_at } = cursor;
    const values = [userId, after_time, after_id, started_at, limit];
    const rows = await queryPrepared<TaskModel & TaskCursor>(statement, values);
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      tasks: rows.map(toTask),
      next: last && { after_time: last.after_time, after_id: last.id, started_at: last.started_at },
    };
  });
}

const TASKS_AFTER = tasksAfterStatement("task", "created_at");

/** Reads at most `limit` of a user's tasks, oldest first. */
export const findTasksAfter = (userId: string, limit: number, cursor?: TaskCursor): Promise<TaskBatch> =>
  findAfter(TASKS_AFTER, userId, limit, cursor);

/** Removes up to `limit` tasks of a user, in the current identity transaction if there is one. @returns how many */
export async function eraseTaskBatch(userId: string, limit: number): Promise<number> {
  const knex = await currentKnex();
  const ids = TaskModel.query(knex).where("user_id", userId).select("id").limit(limit);
  return query(() => TaskModel.query(knex).delete().where("user_id", userId).whereIn("id", ids));
}

import { database } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";
import { currentKnex } from "./identity/better-auth.server.ts";
import { type Caller, type CallerRow, callerStatement, queryAsCaller } from "./identity/caller.server.ts";
import { deletedTaskJson, deletedTasksJson, taskJson, taskText } from "./task-json.server.ts";
import { withinQuota, withinTrashQuota } from "./task-quota.server.ts";
import {
  findAfter,
  TASK_COLUMNS,
  type TaskBatch,
  type TaskCursor,
  tasksAfterStatement,
} from "./tasks.server.ts";

const COLUMNS = TASK_COLUMNS.join(", ");

/* Each move is one statement, so a task is always in exactly one of the two tables, even after a crash. */
const moveStatement = (name: string, from: string, to: string, columns: string, condition: string) =>
  callerStatement(name, columns, {
    changes: [
      `removed as (
        delete from ${from} using caller where ${from}.id = $3 and ${from}.user_id = caller.user_id and ${condition}
        returning ${from}.*
      )`,
      `inserted as (
        insert into ${to} (${COLUMNS}) overriding system value select ${COLUMNS} from removed returning *
      )`,
    ],
  });

const REMOVE = moveStatement(
  "task-remove",
  "task",
  "deleted_task",
  "exists (select from inserted) as removed",
  withinTrashQuota("$4"),
);

/* Locks the row first, as the statement of `updateTaskVersion`. */
const REMOVE_VERSION = callerStatement(
  "task-remove-version",
  "exists (select from inserted) as removed, exists (select from found) as found",
  {
    changes: [
      "found as (select task.id, version from task join caller using (user_id) where task.id = $3 for update of task)",
      `removed as (
        delete from task using found
        where task.id = found.id and found.version = any(cast($5 as int[])) and ${withinTrashQuota("$4")}
        returning task.*
      )`,
      `inserted as (insert into deleted_task (${COLUMNS}) select ${COLUMNS} from removed returning id)`,
    ],
  },
);

/**
 * Moves a task to the deleted ones. Those that were deleted first are erased beyond the quota.
 * @param quota the number of deleted tasks that the caller can have
 * @returns `removed` is false when the caller has no such task; undefined when the session has ended
 */
export const removeTask = (
  caller: Caller,
  id: number,
  quota: number,
): Promise<CallerRow<{ removed: boolean }> | undefined> => queryAsCaller(REMOVE, caller, [id, quota]);

/** As `removeTask`, if the task has one of the given versions. `found` without `removed`: it has another version. */
export const removeTaskVersion = (
  caller: Caller,
  id: number,
  quota: number,
  versions: number[],
): Promise<CallerRow<{ removed: boolean; found: boolean }> | undefined> =>
  queryAsCaller(REMOVE_VERSION, caller, [id, quota, versions]);

const RESTORE = moveStatement(
  "task-restore",
  "deleted_task",
  "task",
  `${taskText("inserted")} as task`,
  withinQuota("$4"),
);

/** `task` is the JSON text of a `Task`, null when there is none. Undefined: the session has ended. */
type TaskResult = Promise<CallerRow<{ task: string | null }> | undefined>;

/**
 * Moves a deleted task back, with its id and times.
 * @param quota the number of tasks that the caller can have
 * @throws AppError QUOTA_EXCEEDED; the task stays deleted
 */
export const restoreTask = (caller: Caller, id: number, quota: number): TaskResult =>
  queryAsCaller(RESTORE, caller, [id, quota]);

const OWN_TASK = "id = $3 and user_id = caller.user_id";
const FIND_ANY = callerStatement(
  "task-or-deleted",
  `coalesce(${taskJson(`task where ${OWN_TASK}`)}, ${deletedTaskJson(`deleted_task where ${OWN_TASK}`)})::text as task`,
);

/** Finds a task of the caller, deleted or not. A deleted one has `deleted_at`. */
export const findTaskOrDeleted = (caller: Caller, id: number): TaskResult =>
  queryAsCaller(FIND_ANY, caller, [id]);

const PAGE = callerStatement(
  "deleted-task-page",
  `${deletedTasksJson(`deleted_task where user_id = caller.user_id
    order by deleted_task.deleted_at desc, deleted_task.id desc limit $3 offset $4`)}::text as data,
  coalesce((select deleted from task_count where user_id = caller.user_id), 0) as total`,
);

/**
 * Finds one page of the caller's deleted tasks, the one that was deleted last first.
 * @param page counts from 1
 * @returns `data` as the JSON text of a `Task[]` with `deleted_at`; undefined when the session has ended
 */
export const findDeletedTaskPage = (
  caller: Caller,
  { page, limit }: { page: number; limit: number },
): Promise<CallerRow<{ data: string; total: number }> | undefined> =>
  queryAsCaller(PAGE, caller, [limit, (page - 1) * limit]);

/* Locks the row first, as the statement of `updateTaskVersion`. */
const eraseFrom = (table: string, condition = "true") => [
  `${table}_found as (
    select ${table}.id, version from ${table} join caller using (user_id)
    where ${table}.id = $3 and ${condition} for update of ${table}
  )`,
  `${table}_erased as (
    delete from ${table} using ${table}_found as found
    where ${table}.id = found.id and (cast($5 as int[]) is null or found.version = any(cast($5 as int[])))
    returning ${table}.id
  )`,
];
const ERASE = callerStatement(
  "task-erase",
  `exists (select from task_erased union all select from deleted_task_erased) as erased,
   exists (select from task_found union all select from deleted_task_found) as found`,
  { changes: [...eraseFrom("task", "$4"), ...eraseFrom("deleted_task")] },
);

/**
 * Erases a deleted task.
 * @param options.listed also a task that is not deleted
 * @param options.versions only if the task has one of them
 * @returns `erased` is false when the caller has no such task, or, with `found`, when it has another version; undefined when
 * the session has ended
 */
export const eraseTask = (
  caller: Caller,
  id: number,
  { listed, versions }: { listed: boolean; versions?: number[] | undefined },
): Promise<CallerRow<{ erased: boolean; found: boolean }> | undefined> =>
  queryAsCaller(ERASE, caller, [id, listed, versions ?? null]);

/* By ctid, because PostgreSQL would join thousands of ids with a scan of the tasks of all users. */
const ERASE_BATCH = callerStatement("deleted-task-erase", "(select count(*)::int from erased) as erased", {
  changes: [
    `erased as (
      delete from deleted_task where ctid = any (array(
        select ctid from deleted_task where user_id = (select user_id from caller) limit $3 for update skip locked
      )) returning id
    )`,
  ],
});

/** Erases up to `limit` deleted tasks of the caller. @returns how many; undefined when the session has ended */
export const eraseDeletedTasks = (
  caller: Caller,
  limit: number,
): Promise<CallerRow<{ erased: number }> | undefined> => queryAsCaller(ERASE_BATCH, caller, [limit]);

/*
 * One statement at a time: several would wait for each other's counters, and exceed their time limit on a busy machine. The
 * others remove nothing, because the holder of the lock continues.
 */
const PURGE_SQL = `
  with turn as (select pg_try_advisory_xact_lock(hashtext('tock.purge_deleted_tasks')) as is_ours)
  delete from deleted_task where ctid = any (array(
    select deleted_task.ctid from turn, deleted_task
    where is_ours and deleted_at < now() - ? * interval '1 day' limit ? for update of deleted_task skip locked
  ))`;

/**
 * Removes up to `limit` tasks for good that were deleted more than `days` ago.
 * @returns how many; 0 while another process does so
 */
export const purgeDeletedTasks = async (days: number, limit: number): Promise<number> =>
  query(async () => (await database().raw(PURGE_SQL, [days, limit])).rowCount);

const REMOVE_BATCH_SQL =
  "delete from deleted_task where ctid = any (array(select ctid from deleted_task where user_id = ? limit ? for update))";

/**
 * Removes up to `limit` deleted tasks of a user, in the current identity transaction if there is one.
 * @returns how many
 */
export const eraseDeletedTaskBatch = async (userId: string, limit: number): Promise<number> => {
  const knex = await currentKnex();
  return query(async () => (await knex.raw(REMOVE_BATCH_SQL, [userId, limit])).rowCount);
};

const DELETED_AFTER = tasksAfterStatement("deleted_task", "deleted_at");

/** As `findTasksAfter`, for deleted tasks: the one that was deleted first comes first. */
export const findDeletedTasksAfter = (
  userId: string,
  limit: number,
  cursor?: TaskCursor,
): Promise<TaskBatch> => findAfter(DELETED_AFTER, userId, limit, cursor);

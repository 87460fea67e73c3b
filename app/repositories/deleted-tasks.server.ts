import { database } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";
import { type Caller, type CallerRow, callerStatement, queryAsCaller } from "./identity/caller.server.ts";
import { withinQuota } from "./task-quota.server.ts";

const COLUMNS = "id, user_id, title, description, completed, completed_at, created_at, updated_at";

/* Each move is one statement, so a task is always in exactly one of the two tables, even after a crash. */
const moveStatement = (name: string, from: string, to: string, condition = "true") =>
  callerStatement(name, "exists (select from inserted) as moved", {
    changes: [
      `removed as (
        delete from ${from} using caller where ${from}.id = $3 and ${from}.user_id = caller.user_id and ${condition}
        returning ${from}.*
      )`,
      `inserted as (
        insert into ${to} (${COLUMNS}) overriding system value select ${COLUMNS} from removed returning id
      )`,
    ],
  });
const REMOVE = moveStatement("task-remove", "task", "deleted_task");
const RESTORE = moveStatement("task-restore", "deleted_task", "task", withinQuota("$4"));

/** `moved` is false when the caller has no such task. Undefined: the session has ended. */
type MoveResult = Promise<CallerRow<{ moved: boolean }> | undefined>;

/** Moves a task to the deleted ones. */
export const removeTask = (caller: Caller, id: number): MoveResult => queryAsCaller(REMOVE, caller, [id]);

/**
 * Moves a deleted task back, with its id and times.
 * @param quota the number of tasks that the caller can have
 * @throws AppError QUOTA_EXCEEDED; the task stays deleted
 */
export const restoreTask = (caller: Caller, id: number, quota: number): MoveResult =>
  queryAsCaller(RESTORE, caller, [id, quota]);

const PURGE_SQL = `
  delete from deleted_task where id in (
    select id from deleted_task where deleted_at < now() - ? * interval '1 minute' limit ? for update skip locked
  )`;

/** Removes up to `limit` tasks for good that were deleted more than `minutes` ago. @returns how many */
export const purgeDeletedTasks = async (minutes: number, limit: number): Promise<number> =>
  query(async () => (await database().raw(PURGE_SQL, [minutes, limit])).rowCount);

import { database } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";

const COLUMNS = "id, user_id, title, description, completed, created_at, updated_at";

/* Each move is one statement, so a task is always in exactly one of the two tables, even after a crash. */
const REMOVE_SQL = `
  with removed as (delete from task where user_id = :userId and id = :id returning ${COLUMNS})
  insert into deleted_task (${COLUMNS}) select ${COLUMNS} from removed`;
const RESTORE_SQL = `
  with restored as (delete from deleted_task where user_id = :userId and id = :id returning ${COLUMNS})
  insert into task (${COLUMNS}) overriding system value select ${COLUMNS} from restored`;
const PURGE_SQL = "delete from deleted_task where deleted_at < now() - :minutes * interval '1 minute'";

const countRows = (sql: string, bindings: Record<string, string | number>): Promise<number> =>
  query(async () => (await database().raw(sql, bindings)).rowCount);

/** Moves a task to the deleted ones. @returns false when the user has no task with this id */
export const removeTask = async (userId: string, id: number): Promise<boolean> =>
  (await countRows(REMOVE_SQL, { userId, id })) > 0;

/** Moves a deleted task back, with its id and times. @returns false when the user has no deleted task with this id */
export const restoreTask = async (userId: string, id: number): Promise<boolean> =>
  (await countRows(RESTORE_SQL, { userId, id })) > 0;

/** Removes tasks for good that were deleted more than `minutes` ago. */
export const purgeDeletedTasks = async (minutes: number): Promise<void> => {
  await countRows(PURGE_SQL, { minutes });
};

import { database } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";

const COLUMNS = "id, user_id, title, description, completed, created_at, updated_at";

/*
 * Each is one statement, so that a task is always in one of the two tables and never in both or in none, whatever
 * breaks off in the middle.
 */
const REMOVE_SQL = `
  with removed as (delete from task where user_id = :owner and id = :id returning ${COLUMNS})
  insert into deleted_task (${COLUMNS}) select ${COLUMNS} from removed`;
const RESTORE_SQL = `
  with restored as (delete from deleted_task where user_id = :owner and id = :id returning ${COLUMNS})
  insert into task (${COLUMNS}) overriding system value select ${COLUMNS} from restored`;
const ERASE_SQL = "delete from deleted_task where deleted_at < now() - :minutes * interval '1 minute'";

const affected = (sql: string, bindings: Record<string, string | number>): Promise<number> =>
  query(async () => (await database().raw(sql, bindings)).rowCount);

/** Deletes a task, and keeps it aside. @returns false when `owner` has no task with this id */
export const removeTask = async (owner: string, id: number): Promise<boolean> =>
  (await affected(REMOVE_SQL, { owner, id })) > 0;

/** Puts a deleted task back as it was, id and times included. @returns false when `owner` has none with this id aside */
export const restoreTask = async (owner: string, id: number): Promise<boolean> =>
  (await affected(RESTORE_SQL, { owner, id })) > 0;

/** Erases for good what was deleted longer ago. @returns how many tasks that were */
export const eraseDeletedTasks = (minutes: number): Promise<number> => affected(ERASE_SQL, { minutes });

import type { NewTask } from "#app/schemas/task.ts";
import { database } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";
import { type Caller, type CallerRow, callerStatement, queryAsCaller } from "./identity/caller.server.ts";
import { taskText } from "./task-json.server.ts";
import { withinQuota } from "./task-quota.server.ts";

/** How long a statement waits for another one with the same key. */
const LOCK_TIMEOUT_MS = 2_000;
const LIMITED_WAIT = `set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', true) is not null`;

/*
 * One statement inserts the key and the task, so a crash leaves both or none. A second statement with the same key waits
 * in the unique index until the first one has ended. The update that changes nothing then returns the row of the first
 * one, which the snapshot of the second statement does not contain.
 *
 * `answer` is the task as it was created: the key's row has its id and its time, and the request repeats its text.
 */
const INSERT_ONCE = callerStatement(
  "task-insert-once",
  `${taskText("answer")} as task, not exists (select from inserted) as replayed`,
  {
    changes: [
      `asked as (
        select nextval(pg_get_serial_sequence('task', 'id')) as id, user_id,
          cast($3 as varchar) as title, cast($4 as varchar) as description
        from caller where ${withinQuota("$5")} and ${LIMITED_WAIT}
      )`,
      `kept as (
        insert into idempotency_key as kept (user_id, key, fingerprint, task_id)
        select user_id, cast($6 as uuid), cast($7 as uuid), id from asked
        on conflict (user_id, key) do update set key = excluded.key
        returning fingerprint, task_id, created_at
      )`,
      `inserted as (
        insert into task (id, user_id, title, description, created_at, updated_at) overriding system value
        select asked.id, user_id, title, description, created_at, created_at
        from asked join kept on kept.task_id = asked.id
        returning id
      )`,
      `answer as (
        select task_id as id, user_id, title, description, false as completed, null::timestamptz as completed_at,
          created_at, created_at as updated_at, 1 as version
        from kept cross join asked where fingerprint = cast($7 as uuid)
      )`,
    ],
  },
);

interface InsertOnceOptions {
  /** The number of tasks that the caller can have. */
  quota: number;
  /** UUID. Of several inserts with the same key, only the first takes effect. */
  key: string;
  /** UUID of the request's content. */
  fingerprint: string;
}

/**
 * Inserts a task, unless the caller has inserted one with this key in the last 24 hours.
 * @returns `task`: the JSON text of the task as it was created, null when the key belongs to other content; `replayed`:
 * whether an earlier statement has created it. Undefined: the session has ended.
 * @throws AppError QUOTA_EXCEEDED; IDEMPOTENCY_KEY_IN_USE while another statement with this key is running
 */
export const insertTaskOnce = (
  caller: Caller,
  { title, description = null }: NewTask,
  { quota, key, fingerprint }: InsertOnceOptions,
): Promise<CallerRow<{ task: string | null; replayed: boolean }> | undefined> =>
  queryAsCaller(INSERT_ONCE, caller, [title, description, quota, key, fingerprint]);

const PURGE_SQL = `
  delete from idempotency_key where ctid = any(array(
    select ctid from idempotency_key where created_at < now() - ? * interval '1 hour' limit ? for update skip locked
  ))`;

/** Removes up to `limit` keys that are older than `hours`. @returns how many */
export const purgeIdempotencyKeys = (hours: number, limit: number): Promise<number> =>
  query(async () => (await database().raw(PURGE_SQL, [hours, limit])).rowCount);

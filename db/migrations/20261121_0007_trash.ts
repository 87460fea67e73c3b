import type { Knex } from "knex";

/*
 * As the triggers of migration 0005, and on the same row: the counter is the last row that a statement locks.
 *
 * The oldest rows beyond the quota go in the trigger, under the lock of the counter, so concurrent deletions cannot exceed
 * it together. A row that another statement has locked is about to be erased or restored, so it is skipped instead of
 * awaited: that statement may be waiting for the counter.
 */
const INSERTED = `
  declare
    quota constant int := nullif(current_setting('tock.trash_quota', true), '');
    owner uuid;
    excess int;
  begin
    for owner, excess in
      insert into task_count as kept (user_id, total, completed, deleted)
      select user_id, 0, 0, count(*) from inserted group by user_id order by user_id
      on conflict (user_id) do update set deleted = kept.deleted + excluded.deleted
      returning user_id, deleted - quota
    loop
      if excess > 0 then
        delete from deleted_task where id in (
          select id from deleted_task where id in (
            select id from deleted_task where user_id = owner order by deleted_at, id limit excess
          ) for update skip locked
        );
      end if;
    end loop;
    return null;
  end`;

/**
 * An update only: when the user is deleted, the counter may be gone before the tasks. Housekeeping deletes tasks of many
 * users in one statement, so the counters are locked in order first: two such statements could otherwise deadlock.
 */
const DELETED = `
  begin
    perform from task_count where user_id in (select user_id from deleted) order by user_id for update;
    update task_count kept set deleted = kept.deleted - gone.deleted
    from (select user_id, count(*) as deleted from deleted group by user_id) gone
    where kept.user_id = gone.user_id;
    return null;
  end`;

const TRUNCATED = "begin update task_count set deleted = 0 where deleted > 0; return null; end";

/** Of migration 0005: a truncation of `task` must leave the counters of deleted tasks. */
const TASKS_TRUNCATED = "begin update task_count set total = 0, completed = 0; return null; end";
const TASKS_TRUNCATED_BEFORE = "begin truncate task_count; return null; end";

const TRIGGERS: [event: string, transitionTables: string, body: string][] = [
  ["insert", "referencing new table as inserted", INSERTED],
  ["delete", "referencing old table as deleted", DELETED],
  ["truncate", "", TRUNCATED],
];

const replaceTruncation = (knex: Knex, body: string) =>
  knex.raw(
    `create or replace function count_tasks_on_truncate() returns trigger language plpgsql as $$${body}$$`,
  );

/**
 * Adds what the trash needs: the order of its pages, the number of deleted tasks of each user, and the limit that a
 * transaction sets as `tock.trash_quota`.
 */
export async function up(knex: Knex): Promise<void> {
  // Before the counters, in the order in which a deletion locks the tables. Waits for writers and blocks new ones.
  await knex.raw("lock table deleted_task in share row exclusive mode");
  await knex.raw("create index deleted_task_newest on deleted_task (user_id, deleted_at desc, id desc)");
  await knex.schema.alterTable("deleted_task", (table) => {
    // The new index starts with the same column.
    table.dropIndex("user_id");
  });
  await knex.schema.alterTable("task_count", (table) => {
    table.integer("deleted").notNullable().defaultTo(0);
    table.check("deleted >= 0", [], "task_count_deleted_valid");
  });
  for (const [event, transitionTables, body] of TRIGGERS) {
    await knex.raw(
      `create function count_deleted_tasks_on_${event}() returns trigger language plpgsql as $$${body}$$`,
    );
    await knex.raw(
      `create trigger count_deleted_tasks_on_${event} after ${event} on deleted_task ${transitionTables}
       for each statement execute function count_deleted_tasks_on_${event}()`,
    );
  }
  await replaceTruncation(knex, TASKS_TRUNCATED);
  await knex.raw(
    `insert into task_count (user_id, total, completed, deleted)
     select user_id, 0, 0, count(*) from deleted_task group by user_id
     on conflict (user_id) do update set deleted = excluded.deleted`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await replaceTruncation(knex, TASKS_TRUNCATED_BEFORE);
  for (const [event] of TRIGGERS) {
    await knex.raw(`drop trigger count_deleted_tasks_on_${event} on deleted_task`);
    await knex.raw(`drop function count_deleted_tasks_on_${event}`);
  }
  await knex.schema.alterTable("task_count", (table) => {
    table.dropColumn("deleted");
  });
  await knex.schema.alterTable("deleted_task", (table) => {
    table.index("user_id");
    table.dropIndex([], "deleted_task_newest");
  });
}

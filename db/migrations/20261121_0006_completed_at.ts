import type { Knex } from "knex";

const TABLES = ["task", "deleted_task"];

/**
 * Keeps `completed_at` in step with `completed`, also for statements that do not know the column: those of the previous
 * release, and SQL by hand. A completed row that is inserted without a time, as by a restore of the previous release, was
 * last changed when it was completed.
 */
const SET_COMPLETED_AT = `
  begin
    new.completed_at := case when not new.completed then null when tg_op = 'INSERT' then new.updated_at else now() end;
    return new;
  end`;

/**
 * Adds the time at which a task became completed, and the index of the done tasks, newest completion first. Existing
 * completed tasks get the time of their last change.
 */
export async function up(knex: Knex): Promise<void> {
  for (const table of TABLES) {
    await knex.schema.alterTable(table, (columns) => {
      columns.timestamp("completed_at", { useTz: true });
    });
    await knex.raw(`update ${table} set completed_at = updated_at where completed`);
  }
  await knex.raw("create index task_done on task (user_id, completed_at desc, id desc) where completed");
  await knex.raw(
    `create function set_task_completed_at() returns trigger language plpgsql as $$${SET_COMPLETED_AT}$$`,
  );
  // The condition is checked without a call of the function, so that most changes of a task do not pay for it.
  await knex.raw(
    `create trigger set_task_completed_at before insert or update on task for each row
     when (new.completed <> (new.completed_at is not null)) execute function set_task_completed_at()`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("drop trigger set_task_completed_at on task");
  await knex.raw("drop function set_task_completed_at");
  for (const table of TABLES)
    await knex.schema.alterTable(table, (columns) => {
      columns.dropColumn("completed_at");
    });
}

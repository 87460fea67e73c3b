import type { Knex } from "knex";

/*
 * Statement-level triggers with transition tables: a statement that deletes 50,000 tasks updates the counter once. A
 * row-level trigger would leave 50,000 versions of the counter's row, and look for the newest among them each time.
 *
 * The counter is the last row that a statement locks, after the tasks and (by the foreign key) their user, so statements
 * that change the tasks of one user wait for each other but cannot deadlock.
 */
const INSERTED = `
  declare
    quota constant int := nullif(current_setting('tock.task_quota', true), '');
    highest int;
  begin
    with counted as (
      insert into task_count as kept (user_id, total, completed)
      select user_id, count(*), count(*) filter (where completed) from inserted group by user_id order by user_id
      on conflict (user_id) do update
        set total = kept.total + excluded.total, completed = kept.completed + excluded.completed
      returning total
    )
    select max(total) into highest from counted;
    if highest > quota then
      raise exception 'a user would have % tasks, more than %', highest, quota
        using errcode = 'check_violation', constraint = 'task_quota';
    end if;
    return null;
  end`;

/** A task stays with its user, so only the number of completed tasks can change. */
const UPDATED = `
  begin
    update task_count kept set completed = kept.completed + change.completed
    from (
      select user_id, sum(completed) as completed
      from (
        select user_id, 1 as completed from after_update where completed
        union all select user_id, -1 from before_update where completed
      ) changed
      group by user_id having sum(completed) <> 0
    ) change
    where kept.user_id = change.user_id;
    return null;
  end`;

/** An update only: when the user is deleted, the counter may be gone before the tasks. */
const DELETED = `
  begin
    update task_count kept set total = kept.total - gone.total, completed = kept.completed - gone.completed
    from (
      select user_id, count(*) as total, count(*) filter (where completed) as completed from deleted group by user_id
    ) gone
    where kept.user_id = gone.user_id;
    return null;
  end`;

const TRUNCATED = "begin truncate task_count; return null; end";

const TRIGGERS: [event: string, transitionTables: string, body: string][] = [
  ["insert", "referencing new table as inserted", INSERTED],
  ["update", "referencing old table as before_update new table as after_update", UPDATED],
  ["delete", "referencing old table as deleted", DELETED],
  ["truncate", "", TRUNCATED],
];

/**
 * Adds the number of tasks of each user, so that a page of tasks does not count them. Triggers keep it exact, and reject
 * inserts above the quota that a transaction sets as `tock.task_quota`.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("task_count", (table) => {
    table.uuid("user_id").primary().references("id").inTable("user").onDelete("CASCADE");
    table.integer("total").notNullable();
    table.integer("completed").notNullable();
    table.check("completed between 0 and total", [], "task_count_valid");
  });
  // Leaves room for the next version of a row in its page, so that an update changes no index.
  await knex.raw("alter table task_count set (fillfactor = 50)");
  for (const [event, transitionTables, body] of TRIGGERS) {
    await knex.raw(
      `create function count_tasks_on_${event}() returns trigger language plpgsql as $$${body}$$`,
    );
    await knex.raw(
      `create trigger count_tasks_on_${event} after ${event} on task ${transitionTables}
       for each statement execute function count_tasks_on_${event}()`,
    );
  }
  // After the triggers, whose creation waits for writers and blocks new ones.
  await knex.raw(
    `insert into task_count (user_id, total, completed)
     select user_id, count(*), count(*) filter (where completed) from task group by user_id`,
  );
}

export async function down(knex: Knex): Promise<void> {
  for (const [event] of TRIGGERS) {
    await knex.raw(`drop trigger count_tasks_on_${event} on task`);
    await knex.raw(`drop function count_tasks_on_${event}`);
  }
  await knex.schema.dropTable("task_count");
}

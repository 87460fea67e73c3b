import { type PartialModelObject, raw } from "objection";
import { TaskModel } from "#app/models/task.server.ts";
import { UserModel } from "#app/models/user.server.ts";
import type { NewTask, Task, TaskChanges, TaskCounts, TaskQuery } from "#app/schemas/task.ts";
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

/** The way to every task: through its owner. What is inserted this way is the owner's too. */
const ownedTasks = (owner: string) => UserModel.relatedQuery<TaskModel>("tasks").for(owner);

/**
 * @param submission a UUID; of several inserts with the same one only the first is carried out
 * @returns the new task of `owner`, or undefined when that submission has been carried out already
 */
export function insertTask(
  owner: string,
  { title, description }: NewTask,
  submission: string | null = null,
): Promise<Task | undefined> {
  return query(async () => {
    const row = { user_id: owner, title, description: description ?? null, submission_id: submission };
    // Past Objection, which expects a row for each insert, and of a repeated one there is none.
    const [inserted] = await TaskModel.knexQuery()
      .insert(row)
      .onConflict(TaskModel.knex().raw("(user_id, submission_id) where submission_id is not null"))
      .ignore()
      .returning(COLUMNS);
    return inserted && toTask(inserted);
  });
}

/** @returns the task, or undefined when `owner` has none with this id */
export function findTask(owner: string, id: number): Promise<Task | undefined> {
  return query(async () => {
    const row = await ownedTasks(owner).findById(id).select(COLUMNS);
    return row && toTask(row);
  });
}

/** Whether somebody other than `owner` has a task with this id. */
export function taskBelongsToOther(owner: string, id: number): Promise<boolean> {
  return query(async () => {
    const row = await TaskModel.query().findById(id).whereNot("user_id", owner).select("id");
    return row !== undefined;
  });
}

/**
 * Changes the given fields; the others stay.
 * @param changes `completed: "toggle"` turns the state over in the statement itself, so that two at once do both
 * @returns the task as it is now, or undefined when `owner` has none with this id
 */
export function updateTask(
  owner: string,
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
    const row = await ownedTasks(owner)
      .findById(id)
      .patch({ ...text, ...state, updated_at: raw("now()") } as PartialModelObject<TaskModel>)
      .returning([...COLUMNS])
      .first();
    return row && toTask(row);
  });
}

/** Where a walk through somebody's tasks has come to. The times are PostgreSQL's own, finer than a Date. */
export interface TaskCursor {
  written: string;
  id: number;
  /** When it began: later tasks are not on its way, so that it has an end. */
  until: string;
}
const START: TaskCursor = { written: "-infinity", id: 0, until: "infinity" };
const MICROSECONDS = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;

const WALK_SQL = `
  select ${COLUMNS.join(", ")},
    to_char(created_at at time zone 'UTC', ${MICROSECONDS}) as written,
    to_char(least(cast(:until as timestamptz), now()) at time zone 'UTC', ${MICROSECONDS}) as until
  from task
  where user_id = :owner and (created_at, id) > (cast(:written as timestamptz), cast(:id as bigint))
    and created_at <= least(cast(:until as timestamptz), now())
  order by created_at, id limit :limit`;

/**
 * The next tasks of an owner, oldest first. What is added or deleted meanwhile shifts none of the others.
 * @returns at most `limit` tasks, and the place to go on from; undefined at the end
 */
export function findTasksAfter(
  owner: string,
  limit: number,
  from: TaskCursor = START,
): Promise<{ tasks: Task[]; next: TaskCursor | undefined }> {
  return query(async () => {
    const rows: (TaskModel & TaskCursor)[] = await queryPrepared("task-walk", WALK_SQL, {
      owner,
      limit,
      ...from,
    });
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return {
      tasks: rows.map(toTask),
      next: last && { written: last.written, id: last.id, until: last.until },
    };
  });
}

/*
 * The busiest statement. PostgreSQL writes the JSON itself (ISO times and all), the ids of the page come from an index
 * alone, and being named it is parsed and planned once for each connection.
 */
const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const chosen = (filter: string) => `
  chosen as (
    select id from task where user_id = :owner ${filter}
    order by created_at desc, id desc limit :limit offset :offset
  )`;
const DATA = `
  coalesce((select json_agg(one) from (
    select id, user_id, title, description, completed,
      to_char(task.created_at at time zone 'UTC', ${ISO}) as created_at,
      to_char(task.updated_at at time zone 'UTC', ${ISO}) as updated_at
    from task join chosen using (id)
    order by task.created_at desc, id desc
  ) one), '[]'::json) as data`;

const pageSql = (filter: string) => `
  with counted as (select count(*)::int as total from task where user_id = :owner ${filter}),
  ${chosen(filter)}
  select row_to_json(answer)::text as page from (
    select ${DATA},
      (select row_to_json(place) from (
        select cast(:page as bigint) as page, cast(:limit as int) as "limit", total,
          (total + :limit - 1) / :limit as pages
      ) place) as pagination
    from counted
  ) answer`;
const boardSql = (filter: string) => `
  with counted as (
    select count(*)::int as "all", (count(*) filter (where not completed))::int as open,
      (count(*) filter (where completed))::int as done
    from task where user_id = :owner
  ),
  ${chosen(filter)}
  select row_to_json(answer)::text as page from (
    select ${DATA}, row_to_json(counted) as counts from counted
  ) answer`;

const BY_STATE = "and completed = :completed";
const statements = (name: string, sql: (filter: string) => string) => ({
  all: { name, sql: sql("") },
  byState: { name: `${name}-by-state`, sql: sql(BY_STATE) },
});
const PAGE = statements("task-page", pageSql);
const BOARD = statements("task-board", boardSql);

async function readPage(
  { all, byState }: typeof PAGE,
  owner: string,
  { page, limit, completed }: TaskQuery,
): Promise<string> {
  const { name, sql } = completed === undefined ? all : byState;
  const bindings = {
    owner,
    page,
    limit,
    offset: (page - 1) * limit,
    ...(completed !== undefined && { completed }),
  };
  const [row] = await query(() => queryPrepared(name, sql, bindings));
  return row.page;
}

/**
 * One page of an owner's tasks, newest first.
 * @param wanted `page` counts from 1; `limit` 1–100 rows; without `completed` all of them
 * @returns a `TaskPage` as JSON text, ready to be sent
 */
export const findTaskPage = (owner: string, wanted: TaskQuery): Promise<string> =>
  readPage(PAGE, owner, wanted);

/** The same page with what there is in all, whatever is asked for: one statement, so that the two agree. */
export const findTaskDashboard = async (
  owner: string,
  wanted: TaskQuery,
): Promise<{ data: Task[]; counts: TaskCounts }> => JSON.parse(await readPage(BOARD, owner, wanted));

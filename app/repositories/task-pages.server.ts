import type { Task, TaskCounts, TaskQuery } from "#app/schemas/task.ts";
import { queryPrepared } from "#db/connection.ts";
import { query } from "./database-errors.server.ts";

/*
 * The most frequent statements. PostgreSQL generates the JSON, the page's ids come from an index-only scan, and a
 * prepared statement is parsed and planned once per connection.
 */
const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const pageIds = (filter: string) => `
  page_ids as (
    select id from task where user_id = :userId ${filter}
    order by created_at desc, id desc limit :limit offset :offset
  )`;
const DATA = `
  coalesce((select json_agg(page_task) from (
    select id, user_id, title, description, completed,
      to_char(task.created_at at time zone 'UTC', ${ISO}) as created_at,
      to_char(task.updated_at at time zone 'UTC', ${ISO}) as updated_at
    from task join page_ids using (id)
    order by task.created_at desc, id desc
  ) page_task), '[]'::json) as data`;

const pageSql = (filter: string) => `
  with counted as (select count(*)::int as total from task where user_id = :userId ${filter}),
  ${pageIds(filter)}
  select row_to_json(result)::text as json from (
    select ${DATA},
      (select row_to_json(pagination) from (
        select cast(:page as bigint) as page, cast(:limit as int) as "limit", total,
          (total + :limit - 1) / :limit as pages
      ) pagination) as pagination
    from counted
  ) result`;
const dashboardSql = (filter: string) => `
  with counted as (
    select count(*)::int as "all", (count(*) filter (where not completed))::int as open,
      (count(*) filter (where completed))::int as done
    from task where user_id = :userId
  ),
  ${pageIds(filter)}
  select row_to_json(result)::text as json from (
    select ${DATA}, row_to_json(counted) as counts from counted
  ) result`;

/** A statement per filter, because a prepared statement with an optional filter could not use the right index. */
const statements = (name: string, sql: (filter: string) => string) => ({
  all: { name, sql: sql("") },
  byState: { name: `${name}-by-state`, sql: sql("and completed = :completed") },
});
const PAGE = statements("task-page", pageSql);
const DASHBOARD = statements("task-dashboard", dashboardSql);

async function findJson(
  { all, byState }: typeof PAGE,
  userId: string,
  { page, limit, completed }: TaskQuery,
): Promise<string> {
  const { name, sql } = completed === undefined ? all : byState;
  const bindings = {
    userId,
    page,
    limit,
    offset: (page - 1) * limit,
    ...(completed !== undefined && { completed }),
  };
  const [row] = await query(() => queryPrepared(name, sql, bindings));
  return row.json;
}

/**
 * Finds one page of a user's tasks, newest first.
 * @param taskQuery `page` counts from 1; `limit` is 1–100; without `completed` all tasks
 * @returns a `TaskPage` as JSON text
 */
export const findTaskPage = (userId: string, taskQuery: TaskQuery): Promise<string> =>
  findJson(PAGE, userId, taskQuery);

/** Finds one page and the counts of all filters in one statement, so that they agree. */
export const findTaskDashboard = async (
  userId: string,
  taskQuery: TaskQuery,
): Promise<{ data: Task[]; counts: TaskCounts }> => JSON.parse(await findJson(DASHBOARD, userId, taskQuery));

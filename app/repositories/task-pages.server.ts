import type { ListedTask, TaskCounts, TaskQuery } from "#app/schemas/task.ts";
import { type Caller, type CallerRow, callerStatement, queryAsCaller } from "./identity/caller.server.ts";
import { listedTasksJson, tasksJson } from "./task-json.server.ts";

interface Filter {
  /** SQL after the condition on the user. */
  condition: string;
  /** SQL of the number of tasks, from `counts` and `asked`. */
  total: string;
}
const ALL: Filter = { condition: "", total: "counts.total" };
const BY_STATE: Filter = {
  condition: "and completed = (select completed from page)",
  total: "case when asked.completed then counts.completed else counts.total - counts.completed end",
};

/**
 * The table expressions of a page. `counts` reads the counters of migration 0005 instead of counting. `page` contains the
 * offsets from both ends of the list: a page of the second half is read from the oldest task, so that the last page is as
 * cheap as the first. One of the two sizes is 0, and PostgreSQL does not run a scan that is limited to 0 rows.
 */
const pageTables = ({ total }: Filter) => [
  `counts as (
    select coalesce(total, 0) as total, coalesce(completed, 0) as completed
    from caller left join task_count using (user_id)
  )`,
  `page as (
    select completed, total,
      case when is_newer_half then size else 0 end as size_from_newest,
      skip as skip_from_newest,
      case when is_newer_half then 0 else least(size, greatest(total - skip, 0)) end as size_from_oldest,
      greatest(total - skip - size, 0) as skip_from_oldest
    from (
      select asked.*, ${total} as total, skip <= ${total} / 2 as is_newer_half
      from counts, (
        select cast($3 as boolean) as completed, cast($4 as bigint) as size, cast($5 as bigint) as skip
      ) asked
    ) measured
  )`,
];

const pageIds = ({ condition }: Filter, from: "newest" | "oldest", order: string) => `(
  select id as page_id from task where user_id = caller.user_id ${condition} order by ${order}
  limit (select size_from_${from} from page) offset (select skip_from_${from} from page)
)`;

/**
 * The ids come from index-only scans, which makes a page in the middle of the list cheaper. The limit of one row keeps
 * PostgreSQL from joining with a scan of all tasks, because it does not know how few ids there are.
 */
const pageRows = (filter: Filter) => `(
    ${pageIds(filter, "newest", "created_at desc, id desc")}
    union all ${pageIds(filter, "oldest", "created_at, id")}
  ) page_ids cross join lateral (select * from task where task.id = page_id limit 1) task
  order by task.created_at desc, task.id desc`;

const pageColumns = (filter: Filter) => `
  ${tasksJson(pageRows(filter))}::text as data, (select total from page)::int as total`;

const dashboardColumns = (filter: Filter) => `
  ${listedTasksJson(pageRows(filter))} as data,
  (select json_build_object('all', total, 'open', total - completed, 'done', completed) from counts) as counts`;

/** A statement per filter, because a prepared statement with an optional filter could not use the right index. */
const statements = (name: string, columns: (filter: Filter) => string) => ({
  all: callerStatement(name, columns(ALL), { reads: pageTables(ALL) }),
  byState: callerStatement(`${name}-by-state`, columns(BY_STATE), { reads: pageTables(BY_STATE) }),
});
const PAGE = statements("task-page", pageColumns);
const DASHBOARD = statements("task-dashboard", dashboardColumns);

function queryPage<Columns>(
  { all, byState }: typeof PAGE,
  caller: Caller,
  { page, limit, completed }: TaskQuery,
): Promise<CallerRow<Columns> | undefined> {
  const statement = completed === undefined ? all : byState;
  return queryAsCaller(statement, caller, [completed ?? null, limit, (page - 1) * limit]);
}

/**
 * Finds one page of the caller's tasks, newest first.
 * @param taskQuery `page` counts from 1; `limit` is 1–100; without `completed` all tasks
 * @returns `data` as the JSON text of a `Task[]`; undefined when the session has ended
 */
export const findTaskPage = (
  caller: Caller,
  taskQuery: TaskQuery,
): Promise<CallerRow<{ data: string; total: number }> | undefined> => queryPage(PAGE, caller, taskQuery);

/**
 * Finds one page and the counts of all filters in one statement, so that they agree.
 * @returns undefined when the session has ended
 */
export const findTaskDashboard = (
  caller: Caller,
  taskQuery: TaskQuery,
): Promise<CallerRow<{ data: ListedTask[]; counts: TaskCounts }> | undefined> =>
  queryPage(DASHBOARD, caller, taskQuery);

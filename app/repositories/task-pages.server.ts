import type { ListedTask, TaskCounts, TaskFilter, TaskQuery } from "#app/schemas/task.ts";
import {
  type Caller,
  type CallerRow,
  type CallerStatement,
  callerStatement,
  queryAsCaller,
} from "./identity/caller.server.ts";
import { listedTasksJson, type TaskTime, tasksInOrder, tasksJson } from "./task-json.server.ts";

type PageNumber = Pick<TaskQuery, "page" | "limit">;

interface List {
  /** SQL after the condition on the user. */
  condition: string;
  /** SQL of the number of tasks, from `counts` and `asked`. */
  total: string;
  time: TaskTime;
}
const ALL: List = { condition: "", total: "counts.total", time: "created_at" };
const BY_STATE: List = {
  condition: "and completed = (select completed from page)",
  total: "case when asked.completed then counts.completed else counts.total - counts.completed end",
  time: "created_at",
};
const DONE: List = { condition: "and completed", total: "counts.completed", time: "completed_at" };

/** The table expression `counts`, which reads the counters of migration 0005 instead of counting, and its column. */
export const TASK_COUNTS = {
  table: `counts as (
    select coalesce(total, 0) as total, coalesce(completed, 0) as completed
    from caller left join task_count using (user_id)
  )`,
  column: `(
    select json_build_object('all', total, 'open', total - completed, 'done', completed) from counts
  ) as counts`,
};

/**
 * The table expressions of a page. `page` contains the offsets from both ends of the list: a page of the second half is
 * read from the oldest task, so that the last page is as cheap as the first. One of the two sizes is 0, and PostgreSQL does
 * not run a scan that is limited to 0 rows.
 */
const pageTables = ({ total }: List) => [
  TASK_COUNTS.table,
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

const pageIds = ({ condition, time }: List, from: "newest" | "oldest", direction: "desc" | "asc") => `(
  select id as page_id from task where user_id = caller.user_id ${condition}
  order by ${time} ${direction}, id ${direction}
  limit (select size_from_${from} from page) offset (select skip_from_${from} from page)
)`;

/** The ids come from index-only scans, which makes a page in the middle of the list cheaper. */
const pageRows = (list: List) =>
  tasksInOrder(`${pageIds(list, "newest", "desc")} union all ${pageIds(list, "oldest", "asc")}`, list.time);

const pageColumns = (list: List) => `
  ${tasksJson(pageRows(list))}::text as data, (select total from page)::int as total`;

const dashboardColumns = (list: List) => `
  ${listedTasksJson(pageRows(list))} as data,
  ${TASK_COUNTS.column}`;

/* A statement per list, because a prepared statement with an optional condition could not use the right index. */
const pageOf = (name: string, list: List) =>
  callerStatement(`task-page-${name}`, pageColumns(list), { reads: pageTables(list) });
const PAGE = { all: pageOf("all", ALL), byState: pageOf("by-state", BY_STATE) };

const dashboardOf = (name: string, list: List) =>
  callerStatement(`task-dashboard-${name}`, dashboardColumns(list), { reads: pageTables(list) });
const DASHBOARD: Record<TaskFilter, CallerStatement> = {
  open: dashboardOf("open", BY_STATE),
  done: dashboardOf("done", DONE),
  all: dashboardOf("all", ALL),
};

const pageValues = ({
  page,
  limit,
  completed = null,
}: PageNumber & { completed?: boolean | null | undefined }) => [completed, limit, (page - 1) * limit];

/**
 * Finds one page of the caller's tasks, newest first.
 * @param taskQuery `page` counts from 1; `limit` is 1–100; without `completed` all tasks
 * @returns `data` as the JSON text of a `Task[]`; undefined when the session has ended
 */
export const findTaskPage = (
  caller: Caller,
  taskQuery: TaskQuery,
): Promise<CallerRow<{ data: string; total: number }> | undefined> =>
  queryAsCaller(taskQuery.completed === undefined ? PAGE.all : PAGE.byState, caller, pageValues(taskQuery));

/**
 * Finds one page of a list and the counts of all lists in one statement, so that they agree. The done tasks are in the
 * order of their completion, the others in that of their creation, newest first.
 * @param list `page` counts from 1; `limit` is 1–100
 * @returns undefined when the session has ended
 */
export const findTaskDashboard = (
  caller: Caller,
  { show, ...page }: PageNumber & { show: TaskFilter },
): Promise<CallerRow<{ data: ListedTask[]; counts: TaskCounts }> | undefined> =>
  queryAsCaller(DASHBOARD[show], caller, pageValues({ ...page, completed: show === "done" }));

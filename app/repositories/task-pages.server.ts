import type { ListedTask, TaskCounts, TaskQuery } from "#app/schemas/task.ts";
import { type Caller, type CallerRow, callerStatement, queryAsCaller } from "./identity/caller.server.ts";
import { listedTasksJson, tasksJson } from "./task-json.server.ts";

/** The ids of the page come from an index-only scan, which makes a page far into the list cheaper. */
const pageRows = (filter: string) => `
  task join (
    select id from task where user_id = $2 ${filter} order by created_at desc, id desc limit $3 offset $4
  ) page_ids using (id) order by task.created_at desc, task.id desc`;

const pageColumns = (filter: string) => `
  ${tasksJson(pageRows(filter))}::text as data,
  (select count(*)::int from task where user_id = $2 ${filter}) as total`;

const dashboardColumns = (filter: string) => `
  ${listedTasksJson(pageRows(filter))} as data,
  (select row_to_json(counts) from (
    select count(*)::int as "all", (count(*) filter (where not completed))::int as open,
      (count(*) filter (where completed))::int as done
    from task where user_id = $2
  ) counts) as counts`;

/** A statement per filter, because a prepared statement with an optional filter could not use the right index. */
const statements = (name: string, columns: (filter: string) => string) => ({
  all: callerStatement(name, columns("")),
  byState: callerStatement(`${name}-by-state`, columns("and completed = $5")),
});
const PAGE = statements("task-page", pageColumns);
const DASHBOARD = statements("task-dashboard", dashboardColumns);

const offsetOf = ({ page, limit }: TaskQuery): number => (page - 1) * limit;

/**
 * Finds one page of the caller's tasks, newest first.
 * @param taskQuery `page` counts from 1; `limit` is 1–100; without `completed` all tasks
 * @returns `data` as the JSON text of a `Task[]`; undefined when the session has ended
 */
export function findTaskPage(
  caller: Caller,
  taskQuery: TaskQuery,
): Promise<CallerRow<{ data: string; total: number }> | undefined> {
  const { limit, completed } = taskQuery;
  const offset = offsetOf(taskQuery);
  return completed === undefined
    ? queryAsCaller(PAGE.all, caller, [limit, offset])
    : queryAsCaller(PAGE.byState, caller, [limit, offset, completed]);
}

/**
 * Finds one page and the counts of all filters in one statement, so that they agree.
 * @returns undefined when the session has ended
 */
export function findTaskDashboard(
  caller: Caller,
  taskQuery: TaskQuery,
): Promise<CallerRow<{ data: ListedTask[]; counts: TaskCounts }> | undefined> {
  const { limit, completed } = taskQuery;
  const offset = offsetOf(taskQuery);
  return completed === undefined
    ? queryAsCaller(DASHBOARD.all, caller, [limit, offset])
    : queryAsCaller(DASHBOARD.byState, caller, [limit, offset, completed]);
}

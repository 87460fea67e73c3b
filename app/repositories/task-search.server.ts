import type { ListedTask, TaskCounts, TaskFilter, TaskQuery } from "#app/schemas/task.ts";
import {
  type Caller,
  type CallerRow,
  type CallerStatement,
  callerStatement,
  queryAsCaller,
} from "./identity/caller.server.ts";
import { listedTasksJson, type TaskTime, tasksInOrder, tasksJson } from "./task-json.server.ts";
import { TASK_COUNTS } from "./task-pages.server.ts";

/*
 * A search compares all tasks of the caller: see docs/decisions/0058. strpos() has no wildcards, unlike LIKE. It gets the
 * searched text in lower case from a subquery, which runs once. The user is not joined: PostgreSQL could compare the tasks
 * of all users first.
 */
const SEARCH_TABLES = [
  `asked as (
    select lower($3) as text, cast($4 as boolean) as completed, cast($5 as bigint) as size, cast($6 as bigint) as skip
  )`,
  `matches as materialized (
    select id, completed, created_at, completed_at from task
    where user_id = (select user_id from caller) and (
      strpos(lower(title), (select text from asked)) > 0 or strpos(lower(description), (select text from asked)) > 0
    )
  )`,
  `listed as (
    select matches.* from matches, asked where asked.completed is null or matches.completed = asked.completed
  )`,
];

const pageOfMatches = (time: TaskTime) =>
  tasksInOrder(
    `select id as page_id from listed order by ${time} desc, id desc
     limit (select size from asked) offset (select skip from asked)`,
    time,
  );

const PAGE = callerStatement(
  "task-search-page",
  `${tasksJson(pageOfMatches("created_at"))}::text as data, (select count(*) from listed)::int as total`,
  { reads: SEARCH_TABLES },
);

const dashboardOf = (name: string, time: TaskTime) =>
  callerStatement(
    `task-search-dashboard-${name}`,
    `${listedTasksJson(pageOfMatches(time))} as data, ${TASK_COUNTS.column},
    (select json_build_object(
      'all', count(*), 'open', count(*) filter (where not completed), 'done', count(*) filter (where completed)
    ) from matches) as matches`,
    { reads: [TASK_COUNTS.table, ...SEARCH_TABLES] },
  );
const BY_CREATION = dashboardOf("by-creation", "created_at");
const DASHBOARD: Record<TaskFilter, CallerStatement> = {
  open: BY_CREATION,
  done: dashboardOf("by-completion", "completed_at"),
  all: BY_CREATION,
};

interface SearchQuery extends Pick<TaskQuery, "page" | "limit"> {
  /** The searched text, 1–200 characters. */
  q: string;
  completed?: boolean | undefined;
}

const searchValues = ({ q, page, limit, completed }: SearchQuery) => [
  q,
  completed ?? null,
  limit,
  (page - 1) * limit,
];

/**
 * Finds one page of the caller's tasks whose title or description contains a text in any case, newest first.
 * @param search as the query of `findTaskPage`
 * @returns `data` as the JSON text of a `Task[]`; undefined when the session has ended
 */
export const findMatchingTaskPage = (
  caller: Caller,
  search: SearchQuery,
): Promise<CallerRow<{ data: string; total: number }> | undefined> =>
  queryAsCaller(PAGE, caller, searchValues(search));

/**
 * Finds one page of the matches in a list, in the order of `findTaskDashboard`, the number of matches per list, and the
 * counts of all tasks, in one statement.
 * @returns undefined when the session has ended
 */
export function findMatchingTaskDashboard(
  caller: Caller,
  { show, ...search }: Omit<SearchQuery, "completed"> & { show: TaskFilter },
): Promise<CallerRow<{ data: ListedTask[]; counts: TaskCounts; matches: TaskCounts }> | undefined> {
  const completed = show === "all" ? undefined : show === "done";
  return queryAsCaller(DASHBOARD[show], caller, searchValues({ ...search, completed }));
}

import { containsMatch } from "#app/rules/search-rules.ts";
import type { DashboardQuery } from "#app/schemas/task.ts";

interface NewTaskText {
  title: string;
  description?: string | null | undefined;
}

/** Whether a page lists a new task: on the first page, if the search finds it, except among those that are done. */
export const listsNewTask = (
  { page, show, q }: DashboardQuery,
  { title, description }: NewTaskText,
): boolean => page === 1 && show !== "done" && (!q || containsMatch(q, title, description ?? ""));

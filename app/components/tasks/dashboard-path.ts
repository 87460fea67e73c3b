import type { TaskFilter } from "#app/schemas/task.ts";

/** The canonical address of a page of the dashboard: default values are omitted. */
export function dashboardPath(show: TaskFilter, page = 1): string {
  const query = new URLSearchParams();
  if (page > 1) query.set("page", String(page));
  if (show !== "all") query.set("show", show);
  return query.size > 0 ? `/dashboard?${query}` : "/dashboard";
}

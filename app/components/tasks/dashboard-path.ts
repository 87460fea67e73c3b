import type { TaskFilter } from "#app/schemas/task.ts";

/** The dashboard's own address for a page of a filter; what goes without saying is left out. */
export function dashboardPath(show: TaskFilter, page = 1): string {
  const query = new URLSearchParams();
  if (page > 1) query.set("page", String(page));
  if (show !== "all") query.set("show", show);
  return query.size > 0 ? `/dashboard?${query}` : "/dashboard";
}

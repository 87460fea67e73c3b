import { escapeDotSegments } from "#app/page-data/shared-draft.ts";
import type { DashboardQuery } from "#app/schemas/task.ts";

/** The canonical address of a page of the dashboard: default values are omitted. */
export function dashboardPath({ show = "open", page = 1, q = "" }: Partial<DashboardQuery> = {}): string {
  const query = new URLSearchParams();
  if (page > 1) query.set("page", String(page));
  if (show !== "open") query.set("show", show);
  if (q) query.set("q", q);
  return query.size > 0 ? `/dashboard?${escapeDotSegments(String(query))}` : "/dashboard";
}

import { Link } from "@remix-run/react";
import type { TaskFilter } from "#app/schemas/task.ts";
import { dashboardPath } from "./dashboard-path.ts";

const STEP = "inline-flex min-h-target min-w-24 items-center";

interface StepProps {
  name: string;
  rel: "prev" | "next";
  to: string | null;
}

function Step({ name, rel, to }: StepProps) {
  const side = rel === "next" ? "justify-end" : "";
  if (to === null) return <span className={`${STEP} ${side}`} />;
  return (
    <Link to={to} rel={rel} className={`${STEP} ${side} underline underline-offset-4`}>
      {name}
    </Link>
  );
}

interface PaginationProps {
  page: number;
  pages: number;
  show: TaskFilter;
  q: string;
}

/** Links to the previous and next page of a list that has several. */
export function Pagination({ page, pages, show, q }: PaginationProps) {
  if (pages <= 1 || page > pages) return null;

  return (
    <nav aria-label="Pages" className="flex grow items-center justify-between">
      <Step name="Previous" rel="prev" to={page > 1 ? dashboardPath({ show, q, page: page - 1 }) : null} />
      <span aria-current="page">
        Page {page} of {pages}
      </span>
      <Step name="Next" rel="next" to={page < pages ? dashboardPath({ show, q, page: page + 1 }) : null} />
    </nav>
  );
}

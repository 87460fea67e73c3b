import { Link } from "@remix-run/react";
import type { TaskCounts, TaskFilter } from "#app/schemas/task.ts";
import { dashboardPath } from "./dashboard-path.ts";
import { EmptySheet } from "./empty-list.tsx";

interface NoMatchesProps {
  show: TaskFilter;
  q: string;
  matches: TaskCounts;
}

/** Tells how to widen a search that has found nothing in its view. */
export function NoMatches({ show, q, matches }: NoMatchesProps) {
  const other = show === "open" ? "done" : "open";
  const count = matches[other];
  return (
    <EmptySheet heading="Nothing found.">
      {count > 0 ? (
        <Link to={dashboardPath({ show: other, q })} className="underline underline-offset-4">
          {`Show ${count} ${other} ${count === 1 ? "task" : "tasks"} with it`}
        </Link>
      ) : (
        "None of your tasks has it. Try a shorter word."
      )}
    </EmptySheet>
  );
}

import { Link } from "@remix-run/react";
import type { TaskCounts, TaskFilter } from "#app/schemas/task.ts";
import { dashboardPath } from "./dashboard-path.ts";

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
    <div className="ruled min-h-60 pl-8.5 leading-12">
      <p className="font-serif text-xl leading-12 font-semibold">Nothing found.</p>
      <p className="text-ink-soft">
        {count > 0 ? (
          <Link to={dashboardPath({ show: other, q })} className="underline underline-offset-4">
            {`Show ${count} ${other} ${count === 1 ? "task" : "tasks"} with it`}
          </Link>
        ) : (
          "None of your tasks has it. Try a shorter word."
        )}
      </p>
    </div>
  );
}

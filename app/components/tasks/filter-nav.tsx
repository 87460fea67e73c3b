import { Link } from "@remix-run/react";
import type { TaskCounts, TaskFilter } from "#app/schemas/task.ts";
import { dashboardPath } from "./dashboard-path.ts";

const NAMES: Record<TaskFilter, string> = { all: "All", open: "Open", done: "Done" };

/** Chooses which tasks are listed. Links, not tabs: each is an address of its own. */
export function FilterNav({ show, counts }: { show: TaskFilter; counts: TaskCounts }) {
  return (
    <nav aria-label="Which tasks">
      <ul className="-mx-3 flex lg:mx-0 lg:flex-col">
        {(Object.keys(NAMES) as TaskFilter[]).map((value) => (
          <li key={value}>
            <Link
              to={dashboardPath(value)}
              aria-current={value === show ? "page" : undefined}
              data-filter
              preventScrollReset
              className="group flex min-h-target items-center gap-2 px-3 text-ink-soft hover:text-ink aria-[current]:font-semibold aria-[current]:text-ink lg:px-0"
            >
              <span className="decoration-accent decoration-3 underline-offset-8 group-hover:underline group-aria-[current]:underline">
                {NAMES[value]}
              </span>{" "}
              <span className="font-normal text-ink-soft lg:ml-auto">{counts[value]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

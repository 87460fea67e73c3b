import { Link } from "@remix-run/react";
import type { TaskCounts, TaskFilter } from "#app/schemas/task.ts";
import { dashboardPath } from "./dashboard-path.ts";

const NAMES: Record<TaskFilter, string> = { open: "Open", done: "Done", all: "All" };

interface FilterNavProps {
  show: TaskFilter;
  /** The searched text, which every filter keeps; "" without a search. */
  q: string;
  /** Of all tasks, or of the matches of the search. */
  counts: TaskCounts;
}

/** Selects the tasks to list. Links instead of tabs, because each filter has its own address. */
export function FilterNav({ show, q, counts }: FilterNavProps) {
  return (
    <nav aria-label={q ? "Which matches" : "Which tasks"}>
      <ul className="-mx-2 flex sm:-mx-3 lg:mx-0 lg:flex-col">
        {(Object.keys(NAMES) as TaskFilter[]).map((filter) => (
          <li key={filter}>
            <Link
              to={dashboardPath({ show: filter, q })}
              aria-current={filter === show ? "page" : undefined}
              preventScrollReset
              className="group flex min-h-target items-center gap-2 px-2 text-ink-soft sm:px-3 hover:text-ink aria-[current]:font-semibold aria-[current]:text-ink lg:px-0"
            >
              <span className="decoration-accent decoration-3 underline-offset-8 group-hover:underline group-aria-[current]:underline">
                {NAMES[filter]}
              </span>{" "}
              <span className="font-normal text-ink-soft lg:ml-auto">{counts[filter]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

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
              className="filter-link"
            >
              <span>{NAMES[filter]}</span> <small>{counts[filter]}</small>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

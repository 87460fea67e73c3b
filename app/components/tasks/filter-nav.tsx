import { Link } from "@remix-run/react";
import { useRef } from "react";
import { useShortcuts } from "#app/components/ui/use-shortcuts.ts";
import type { TaskCounts, TaskFilter } from "#app/schemas/task.ts";
import { dashboardPath } from "./dashboard-path.ts";

const NAMES: Record<TaskFilter, string> = { all: "All", open: "Open", done: "Done" };

/** Selects the tasks to list. Links instead of tabs, because each filter has its own address. */
export function FilterNav({ show, counts }: { show: TaskFilter; counts: TaskCounts }) {
  const currentLink = useRef<HTMLAnchorElement>(null);
  useShortcuts({ "/": () => currentLink.current?.focus() });

  return (
    <nav aria-label="Which tasks">
      <ul className="-mx-3 flex lg:mx-0 lg:flex-col">
        {(Object.keys(NAMES) as TaskFilter[]).map((filter) => (
          <li key={filter}>
            <Link
              ref={filter === show ? currentLink : null}
              to={dashboardPath(filter)}
              aria-current={filter === show ? "page" : undefined}
              preventScrollReset
              className="group flex min-h-target items-center gap-2 px-3 text-ink-soft hover:text-ink aria-[current]:font-semibold aria-[current]:text-ink lg:px-0"
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

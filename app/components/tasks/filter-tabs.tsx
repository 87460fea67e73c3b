import { Link } from "@remix-run/react";
import type { Show } from "#app/schemas/task.ts";

const NAMES: Record<Show, string> = { all: "All", open: "Open", done: "Done" };

/** Chooses which tasks are listed. Links, not tabs: each is an address of its own. */
export function FilterTabs({ show }: { show: Show }) {
  return (
    <nav aria-label="Which tasks">
      <ul className="-mx-3 flex">
        {Object.entries(NAMES).map(([value, name]) => (
          <li key={value}>
            <Link
              to={value === "all" ? "/dashboard" : `/dashboard?show=${value}`}
              aria-current={value === show ? "page" : undefined}
              preventScrollReset
              className="inline-flex min-h-target items-center px-3 text-ink-soft underline-offset-8 hover:text-ink hover:underline aria-[current]:font-semibold aria-[current]:text-ink aria-[current]:underline aria-[current]:decoration-accent aria-[current]:decoration-3"
            >
              {name}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

import { Link } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";
import type { Show, Task, TaskPage } from "#app/schemas/task.ts";
import { dashboardAddress } from "./dashboard-address.ts";
import { DeleteDialog } from "./delete-dialog.tsx";
import { TaskItem } from "./task-item.tsx";
import { useFocusKeeper } from "./use-focus-keeper.ts";

const KIND: Record<Show, string> = { all: "", open: " open", done: " done" };
const EMPTY: Record<Show, string> = {
  all: "Nothing written down yet. Your first task goes into the field above.",
  open: "Nothing open. Everything here is done.",
  done: "Nothing done yet. Check a task and it is kept here.",
};

interface TaskListProps extends TaskPage {
  show: Show;
}

export function TaskList({ data: tasks, pagination: { page, pages, total }, show }: TaskListProps) {
  const { section, onFocus } = useFocusKeeper(tasks.map(({ id }) => id));
  const [doomed, setDoomed] = useState<Task | null>(null);
  const here = dashboardAddress(show, page);
  const heading = useRef<HTMLHeadingElement>(null);
  const read = useRef(page);

  // A new page is read from its start.
  useEffect(() => {
    if (read.current !== page) heading.current?.focus();
    read.current = page;
  }, [page]);

  return (
    <section ref={section} onFocus={onFocus} aria-labelledby="tasks-heading">
      <h2 id="tasks-heading" ref={heading} tabIndex={-1} className="scroll-mt-4 pb-2 text-xl font-semibold">
        {total}
        {KIND[show]} {total === 1 ? "task" : "tasks"}
      </h2>
      {tasks.length > 0 && (
        <ul className="divide-y divide-rule border-y border-rule">
          {tasks.map((task) => (
            <TaskItem key={task.id} task={task} here={here} onDelete={setDoomed} />
          ))}
        </ul>
      )}
      {total === 0 && <p className="border-y border-rule py-6">{EMPTY[show]}</p>}
      {tasks.length === 0 && total > 0 && (
        <p className="border-y border-rule py-6">
          There is nothing on page {page} any more.{" "}
          <Link to={dashboardAddress(show, pages)} className="underline underline-offset-4">
            Go to the last page
          </Link>
        </p>
      )}
      {doomed && (
        <DeleteDialog key={doomed.id} task={doomed} returnTo={here} onClose={() => setDoomed(null)} />
      )}
    </section>
  );
}

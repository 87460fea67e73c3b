import { Link, useFetchers } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";
import type { Task, TaskFilter, TaskPage } from "#app/schemas/task.ts";
import { CheckMark } from "./check-mark.tsx";
import { dashboardPath } from "./dashboard-path.ts";
import { DeleteDialog } from "./delete-dialog.tsx";
import { EmptyList } from "./empty-list.tsx";
import { TaskItem } from "./task-item.tsx";
import { TaskRow, TaskText } from "./task-row.tsx";
import { useFocusKeeper } from "./use-focus-keeper.ts";

const KIND: Record<TaskFilter, string> = { all: "", open: " open", done: " done" };

interface TaskListProps extends TaskPage {
  show: TaskFilter;
}

export function TaskList({ data: tasks, pagination: { page, pages, total }, show }: TaskListProps) {
  const { section, onFocus } = useFocusKeeper(tasks.map(({ id }) => id));
  const [taskToDelete, setTaskToDelete] = useState<Task | null>(null);
  const [edited, setEdited] = useState<number | null>(null);
  const here = dashboardPath(show, page);
  const heading = useRef<HTMLHeadingElement>(null);
  const read = useRef(page);
  const added = useAdded(page === 1 && show !== "done");

  // A new page is read from its start.
  useEffect(() => {
    if (read.current !== page) heading.current?.focus();
    read.current = page;
  }, [page]);

  return (
    <section ref={section} onFocus={onFocus} aria-labelledby="tasks-heading">
      <h2 id="tasks-heading" ref={heading} tabIndex={-1} className="sr-only">
        {total}
        {KIND[show]} {total === 1 ? "task" : "tasks"}
      </h2>
      {tasks.length + added.length > 0 && (
        <ul className="divide-y divide-rule border-y border-rule">
          {added}
          {tasks.map((task) => (
            <TaskItem
              key={task.id}
              task={task}
              here={here}
              editing={edited === task.id}
              onEdit={setEdited}
              onDelete={setTaskToDelete}
            />
          ))}
        </ul>
      )}
      {total + added.length === 0 && <EmptyList show={show} />}
      {tasks.length === 0 && total > 0 && (
        <p className="border-y border-rule py-6">
          There is nothing on page {page} any more.{" "}
          <Link to={dashboardPath(show, pages)} className="underline underline-offset-4">
            Go to the last page
          </Link>
        </p>
      )}
      {taskToDelete && (
        <DeleteDialog
          key={taskToDelete.id}
          task={taskToDelete}
          returnTo={here}
          onClose={() => setTaskToDelete(null)}
        />
      )}
    </section>
  );
}

/** The tasks that are being added, as rows, the last one first; on a page where they will not be there are none. */
function useAdded(here: boolean) {
  const adding = useFetchers().filter(({ formData }) => formData?.get("intent") === "add");
  if (!here) return [];
  return adding.reverse().map(({ key, formData }) => (
    <TaskRow
      key={key}
      check={
        <div className="grid size-target place-items-center opacity-60">
          <CheckMark done={false} />
        </div>
      }
      words={
        <TaskText title={String(formData?.get("title"))} description={String(formData?.get("description"))} />
      }
      aside="Adding …"
    />
  ));
}

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
import { useTaskShortcuts } from "./use-task-shortcuts.ts";

const FILTER_WORDS: Record<TaskFilter, string> = { all: "", open: " open", done: " done" };

interface TaskListProps extends TaskPage {
  show: TaskFilter;
}

export function TaskList({ data: tasks, pagination: { page, pages, total }, show }: TaskListProps) {
  const { section, onFocus } = useFocusKeeper(tasks.map(({ id }) => id));
  // Not only its id: the dialog stays open until it has closed itself, even if the task is no longer in the list.
  const [taskToDelete, setTaskToDelete] = useState<Task | null>(null);
  const [editingId, setEditingId] = useState<number | null>(null);
  const listPath = dashboardPath(show, page);
  const heading = useFocusOnChange(page);
  const pendingTasks = usePendingTasks(page === 1 && show !== "done");
  useTaskShortcuts(section, {
    onEdit: setEditingId,
    onDelete: (id) => setTaskToDelete(tasks.find((task) => task.id === id && id !== editingId) ?? null),
  });

  return (
    <section ref={section} onFocus={onFocus} aria-labelledby="tasks-heading">
      <h2 id="tasks-heading" ref={heading} tabIndex={-1} className="sr-only">
        {total}
        {FILTER_WORDS[show]} {total === 1 ? "task" : "tasks"}
      </h2>
      {tasks.length + pendingTasks.length > 0 && (
        <ul className="divide-y divide-rule border-y border-rule">
          {pendingTasks.map(({ key, ...task }) => (
            <PendingTask key={key} {...task} />
          ))}
          {tasks.map((task) => (
            <TaskItem
              key={task.id}
              task={task}
              listPath={listPath}
              editing={editingId === task.id}
              onEdit={setEditingId}
              onDelete={setTaskToDelete}
            />
          ))}
        </ul>
      )}
      {total + pendingTasks.length === 0 && <EmptyList show={show} />}
      {tasks.length === 0 && total > 0 && (
        <p className="border-y border-rule py-6">
          There are no tasks on page {page}.{" "}
          <Link to={dashboardPath(show, pages)} className="underline underline-offset-4">
            Go to the last page
          </Link>
        </p>
      )}
      {taskToDelete && (
        <DeleteDialog
          key={taskToDelete.id}
          task={taskToDelete}
          returnTo={listPath}
          onClose={() => setTaskToDelete(null)}
        />
      )}
    </section>
  );
}

/** A heading that takes the focus when another page of the list is displayed. */
function useFocusOnChange(page: number) {
  const heading = useRef<HTMLHeadingElement>(null);
  const displayedPage = useRef(page);
  useEffect(() => {
    if (displayedPage.current !== page) heading.current?.focus();
    displayedPage.current = page;
  }, [page]);
  return heading;
}

/** The tasks that are being added, newest first. Empty where the new tasks will not be listed. */
function usePendingTasks(isListed: boolean) {
  const fetchers = useFetchers().filter(({ formData }) => formData?.get("intent") === "add");
  if (!isListed) return [];
  return fetchers.reverse().map(({ key, formData }) => ({
    key,
    title: String(formData?.get("title")),
    description: String(formData?.get("description")),
  }));
}

function PendingTask({ title, description }: { title: string; description: string }) {
  return (
    <TaskRow
      check={
        <div className="grid size-target place-items-center opacity-60">
          <CheckMark done={false} />
        </div>
      }
      text={<TaskText title={title} description={description} />}
      aside="Adding…"
    />
  );
}

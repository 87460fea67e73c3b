import { Link } from "@remix-run/react";
import type { MouseEvent } from "react";
import { Day } from "#app/components/ui/day.tsx";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import type { Task } from "#app/schemas/task.ts";
import { TaskCheck, useCompleted } from "./task-check.tsx";

const LINK =
  "inline-flex min-h-target min-w-target items-center justify-center px-2 underline-offset-4 underline";

interface TaskItemProps {
  task: Task;
  /** The address of the list, to come back to. */
  here: string;
  onDelete: (task: Task) => void;
}

export function TaskItem({ task, here, onDelete }: TaskItemProps) {
  const { Form, completed, failure } = useCompleted(task);
  const back = `?return_to=${encodeURIComponent(here)}`;
  const subject = (
    <span className="sr-only">
      : <bdi>{task.title}</bdi>
    </span>
  );
  const ask = (event: MouseEvent) => {
    // A press that asks for a new tab or window is left to the browser.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    onDelete(task);
  };

  return (
    <li
      data-task={task.id}
      className="grid grid-cols-[auto_1fr] items-start gap-x-2 py-1 sm:grid-cols-[auto_1fr_auto]"
    >
      <TaskCheck task={task} completed={completed} Form={Form} />
      <div className="min-w-0 py-2.5 wrap-anywhere">
        <p dir="auto" className={completed ? "text-ink-soft line-through" : "font-semibold"}>
          {task.title}
        </p>
        {task.description && (
          <p dir="auto" className="line-clamp-3 whitespace-pre-line">
            {task.description}
          </p>
        )}
        {failure && <FailureMessage failure={failure} />}
        <p className="text-sm text-ink-soft">
          Added <Day time={task.created_at} />
        </p>
      </div>
      <p className="col-start-2 -ml-2 flex text-sm sm:col-start-3 sm:ml-0">
        <Link to={`/tasks/${task.id}${back}`} className={LINK}>
          Edit{subject}
        </Link>
        <Link to={`/tasks/${task.id}/delete${back}`} onClick={ask} className={LINK}>
          Delete{subject}
        </Link>
      </p>
    </li>
  );
}

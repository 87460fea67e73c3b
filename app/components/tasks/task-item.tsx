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
      className="grid grid-cols-[auto_1fr_auto] items-center gap-x-2 py-1 sm:grid-rows-[auto_1fr]"
    >
      <div className="-ml-2.5 self-start">
        <TaskCheck task={task} completed={completed} Form={Form} />
      </div>
      <div className="col-span-2 min-w-0 pt-2.5 wrap-anywhere sm:col-span-1 sm:pb-2.5">
        <p dir="auto" className={completed ? "text-ink-soft line-through" : "font-medium"}>
          {task.title}
        </p>
        {task.description && (
          <p dir="auto" className="line-clamp-3 whitespace-pre-line">
            {task.description}
          </p>
        )}
        {failure && <FailureMessage lines={[failure.message]} />}
      </div>
      <p className="col-start-2 text-sm text-ink-soft sm:-mt-2.5 sm:pb-2.5">
        <span className="max-sm:sr-only">Added </span>
        <Day time={task.created_at} />
      </p>
      <p className="col-start-3 -mr-2 flex self-start text-sm sm:row-start-1">
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

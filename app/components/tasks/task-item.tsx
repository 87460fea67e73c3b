import { Link } from "@remix-run/react";
import { type MouseEvent, useEffect, useRef } from "react";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { Icon } from "#app/components/ui/icon.tsx";
import { RelativeDate } from "#app/components/ui/relative-date.tsx";
import type { Task } from "#app/schemas/task.ts";
import { TaskCheck, useCompleted } from "./task-check.tsx";
import { TaskEditor } from "./task-editor.tsx";
import { TaskRow, TaskText } from "./task-row.tsx";

const ACTION =
  "grid size-target place-items-center rounded-control text-ink-soft hover:text-ink motion-safe:transition-colors";

interface TaskItemProps {
  task: Task;
  /** The address of the list, to come back to. */
  here: string;
  editing: boolean;
  onEdit: (id: number | null) => void;
  onDelete: (task: Task) => void;
}

export function TaskItem({ task, here, editing, onEdit, onDelete }: TaskItemProps) {
  const { Form, completed, failure } = useCompleted(task);
  const back = `?return_to=${encodeURIComponent(here)}`;
  const editLink = useFocusAfter(editing);
  const subject = (
    <span className="sr-only">
      : <bdi>{task.title}</bdi>
    </span>
  );
  /** Does it here, unless the press asks for a new tab or window: that is left to the browser. */
  const instead = (work: () => void) => (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    work();
  };

  return (
    <TaskRow
      id={task.id}
      check={<TaskCheck task={task} completed={completed} Form={Form} />}
      words={
        editing ? (
          <TaskEditor task={task} here={here} onEnd={() => onEdit(null)} />
        ) : (
          <>
            <TaskText {...task} done={completed} />
            {failure && <FailureMessage lines={[failure.message]} />}
          </>
        )
      }
      aside={
        <>
          <span className="sr-only">Added </span>
          <RelativeDate time={task.created_at} />
        </>
      }
      actions={
        !editing && (
          <>
            <Link
              ref={editLink}
              to={`/tasks/${task.id}${back}`}
              onClick={instead(() => onEdit(task.id))}
              data-edit
              className={ACTION}
            >
              <Icon name="pencil" />
              <span className="sr-only">Edit</span>
              {subject}
            </Link>
            <Link
              to={`/tasks/${task.id}/delete${back}`}
              onClick={instead(() => onDelete(task))}
              data-delete
              className={ACTION}
            >
              <Icon name="bin" />
              <span className="sr-only">Delete</span>
              {subject}
            </Link>
          </>
        )
      }
    />
  );
}

/** Gives the focus back to what opened something, once that is over, unless the reader has gone elsewhere. */
function useFocusAfter(open: boolean) {
  const opener = useRef<HTMLAnchorElement>(null);
  const was = useRef(open);
  useEffect(() => {
    const over = was.current && !open;
    was.current = open;
    if (over && document.activeElement === document.body) opener.current?.focus();
  }, [open]);
  return opener;
}

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
  listPath: string;
  editing: boolean;
  onEdit: (id: number | null) => void;
  onDelete: (task: Task) => void;
}

export function TaskItem({ task, listPath, editing, onEdit, onDelete }: TaskItemProps) {
  const { Form, completed, failure } = useCompleted(task);
  const editLink = useReturnedFocus(editing);
  const query = `?return_to=${encodeURIComponent(listPath)}`;
  const titleForScreenReaders = (
    <span className="sr-only">
      : <bdi>{task.title}</bdi>
    </span>
  );

  return (
    <TaskRow
      id={task.id}
      check={<TaskCheck task={task} completed={completed} Form={Form} />}
      text={
        editing ? (
          <TaskEditor task={task} listPath={listPath} onClose={() => onEdit(null)} />
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
              to={`/tasks/${task.id}${query}`}
              onClick={onPlainClick(() => onEdit(task.id))}
              className={ACTION}
            >
              <Icon name="pencil" />
              <span className="sr-only">Edit</span>
              {titleForScreenReaders}
            </Link>
            <Link
              to={`/tasks/${task.id}/delete${query}`}
              onClick={onPlainClick(() => onDelete(task))}
              className={ACTION}
            >
              <Icon name="bin" />
              <span className="sr-only">Delete</span>
              {titleForScreenReaders}
            </Link>
          </>
        )
      }
    />
  );
}

/** Replaces the navigation of a link, except for a click that opens a new tab or window. */
const onPlainClick = (handle: () => void) => (event: MouseEvent) => {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  handle();
};

/** Returns the focus to the element that opened the editor when it closes, unless the reader has moved it elsewhere. */
function useReturnedFocus(open: boolean) {
  const opener = useRef<HTMLAnchorElement>(null);
  const wasOpen = useRef(open);
  useEffect(() => {
    const closed = wasOpen.current && !open;
    wasOpen.current = open;
    if (closed && document.activeElement === document.body) opener.current?.focus();
  }, [open]);
  return opener;
}

import { Link } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { DateTime } from "#app/components/ui/date-time.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import type { Task } from "#app/schemas/task.ts";
import { DeletedWhen } from "./deleted-when.tsx";
import { LinkedText } from "./linked-text.tsx";
import { RestoreForm } from "./restore-form.tsx";

interface TaskViewProps {
  task: Task;
  /** The list to return to. */
  returnTo: string;
}

/** A task's own page: the whole text, its dates, and what can be done with it. */
export function TaskView({ task, returnTo }: TaskViewProps) {
  const { id, description, created_at, updated_at, completed, completed_at, deleted_at } = task;
  const article = useFocusOnRestore(deleted_at);
  return (
    <article ref={article} className="grid max-w-column gap-5">
      <p className="-my-2 text-sm">
        <Link
          to={returnTo.startsWith("/dashboard") ? `${returnTo}#task-${id}` : returnTo}
          className="inline-flex min-h-target items-center text-ink-soft underline underline-offset-4 hover:text-ink"
        >
          {returnTo.startsWith("/trash") ? "Back to the trash" : "Back to your tasks"}
        </Link>
      </p>
      {deleted_at ? <TitleOf task={task} /> : <CheckForm task={task} />}
      {deleted_at && (
        <div className="grid gap-3 border-l-4 border-edge pl-3">
          <p>
            <strong className="font-semibold">This task was deleted.</strong>
            <br />
            <DeletedWhen time={deleted_at} />
          </p>
          <Actions task={task} returnTo={returnTo} />
        </div>
      )}
      {description && (
        <p dir="auto" className="whitespace-pre-wrap wrap-anywhere">
          <LinkedText text={description} />
        </p>
      )}
      <p className="text-sm text-ink-soft">
        Added <DateTime time={created_at} />
        {updated_at !== created_at && (
          <>
            <br />
            Changed <DateTime time={updated_at} />
          </>
        )}
        <br />
        {completed ? "Done" : "Not done yet"}
        {completed_at && (
          <>
            {" "}
            <DateTime time={completed_at} />
          </>
        )}
      </p>
      {!deleted_at && <Actions task={task} returnTo={returnTo} />}
    </article>
  );
}

/** Edit and Delete, or for a deleted task Restore and Delete for good. */
function Actions({ task, returnTo }: TaskViewProps) {
  const path = `/tasks/${task.id}`;
  const query = `?return_to=${encodeURIComponent(returnTo)}`;
  return (
    <div className="flex flex-wrap items-start gap-3">
      {task.deleted_at ? (
        <RestoreForm task={task} />
      ) : (
        <ButtonLink to={`${path}/edit?return_to=${encodeURIComponent(path + query)}`} variant="quiet">
          Edit
        </ButtonLink>
      )}
      <ButtonLink to={`${path}/delete${query}`} variant="plain">
        {task.deleted_at ? "Delete for good…" : "Delete…"}
      </ButtonLink>
    </div>
  );
}

const TitleOf = ({ task: { title, completed } }: Pick<TaskViewProps, "task">) => (
  <div className={completed ? "wrap-anywhere text-ink-soft line-through" : "wrap-anywhere"}>
    <PageHeading compact>
      <bdi>{title}</bdi>
    </PageHeading>
  </div>
);

/** The title beside the check of the list's rows. */
function CheckForm({ task }: Pick<TaskViewProps, "task">) {
  return (
    <ActionForm intent="complete" hidden={{ id: String(task.id), completed: String(!task.completed) }}>
      {({ pending }) => {
        const completed = pending ? !task.completed : task.completed;
        return (
          <div className={`flex items-start ${completed ? "done" : ""}`}>
            <button
              type="submit"
              aria-label={`Mark as ${completed ? "open" : "done"}: ${task.title}`}
              className="check -mt-1.5 -ml-2.5 size-target shrink-0 rounded-control"
            />
            <TitleOf task={{ ...task, completed }} />
          </div>
        );
      }}
    </ActionForm>
  );
}

/** Moves the focus to the heading when the task is restored, because the button that had it disappears. */
function useFocusOnRestore(deletedAt: string | undefined) {
  const article = useRef<HTMLElement>(null);
  const previous = useRef(deletedAt);
  useEffect(() => {
    const isRestored = previous.current !== undefined && deletedAt === undefined;
    previous.current = deletedAt;
    if (isRestored) article.current?.querySelector("h1")?.focus();
  }, [deletedAt]);
  return article;
}

import { Link } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { DeletedWhen } from "#app/components/trash/deleted-when.tsx";
import { RestoreForm } from "#app/components/trash/restore-form.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { DateTime } from "#app/components/ui/date-time.tsx";
import { LinkedText } from "#app/components/ui/linked-text.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import type { Task } from "#app/schemas/task.ts";

interface TaskViewProps {
  task: Task;
  /** The list to return to. */
  returnTo: string;
}

/** A task's own page: the whole text, its dates, and what can be done with it. */
export function TaskView({ task, returnTo }: TaskViewProps) {
  const { id, description, completed, created_at, updated_at, deleted_at } = task;
  const article = useFocusOnRestore(deleted_at);
  const path = `/tasks/${id}`;
  const query = `?return_to=${encodeURIComponent(returnTo)}`;
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
      {description && (
        <p dir="auto" className="whitespace-pre-wrap wrap-anywhere">
          <LinkedText text={description} />
        </p>
      )}
      {deleted_at && (
        <p className="border-l-4 border-edge pl-3">
          <strong className="font-semibold">This task was deleted.</strong>
          <br />
          <DeletedWhen time={deleted_at} />
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
      </p>
      <div className="flex flex-wrap items-start gap-3">
        {deleted_at ? (
          <RestoreForm task={task} />
        ) : (
          <ButtonLink to={`${path}/edit?return_to=${encodeURIComponent(path + query)}`} variant="quiet">
            Edit
          </ButtonLink>
        )}
        <ButtonLink to={`${path}/delete${query}`} variant="plain">
          {deleted_at ? "Delete for good…" : "Delete…"}
        </ButtonLink>
      </div>
    </article>
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

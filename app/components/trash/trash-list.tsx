import { Link } from "@remix-run/react";
import { type MouseEvent, useState } from "react";
import { DeletedWhen } from "#app/components/tasks/deleted-when.tsx";
import { ListedRestoreForm } from "#app/components/tasks/restore-form.tsx";
import { useFocusKeeper } from "#app/components/tasks/use-focus-keeper.ts";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { isPlainClick } from "#app/components/ui/plain-click.ts";
import { TRASH_DAYS } from "#app/rules/limits.ts";
import type { DeletedTask, DeletedTaskPage } from "#app/schemas/task.ts";
import { EraseDialog } from "./erase-dialog.tsx";
import { trashPath } from "./trash-path.ts";

/** Lists deleted tasks, which can be restored or erased. */
export function TrashList({ data: tasks, pagination: { page, pages, total } }: DeletedTaskPage) {
  const { section, onFocus } = useFocusKeeper(tasks.map(({ id }) => id));
  const [toErase, setToErase] = useState<DeletedTask | "all" | null>(null);

  return (
    <section ref={section} onFocus={onFocus} aria-labelledby="trash-heading">
      <p className="mb-3 text-ink-soft">Deleted tasks stay here for {TRASH_DAYS} days.</p>
      <div className="flex min-h-target flex-wrap items-center justify-between gap-x-4 border-b border-edge pb-2">
        <h2 id="trash-heading" tabIndex={-1} className="text-ink-soft">
          {total === 0 ? "The trash is empty." : `${total} deleted ${total === 1 ? "task" : "tasks"}`}
        </h2>
        {total > 0 && (
          <ButtonLink to="/trash/empty" variant="plain" onClick={onPlainClick(() => setToErase("all"))}>
            Empty trash…
          </ButtonLink>
        )}
      </div>
      <ul>
        {tasks.map((task) => (
          <TrashRow key={task.id} task={task} page={page} onErase={() => setToErase(task)} />
        ))}
      </ul>
      {tasks.length === 0 && total > 0 && (
        <p className="py-6">
          Page {page} is empty.{" "}
          <Link to={trashPath(pages)} className="underline underline-offset-4">
            Go to the last page
          </Link>
        </p>
      )}
      {toErase && (
        <EraseDialog
          key={toErase === "all" ? "all" : toErase.id}
          task={toErase === "all" ? null : toErase}
          total={total}
          page={page}
          onClose={() => {
            setToErase(null);
            // The link that has opened the dialog is gone if it has emptied the trash.
            if (document.activeElement?.matches("body, dialog *"))
              section.current?.querySelector("h2")?.focus();
          }}
        />
      )}
    </section>
  );
}

/** Handles the plain clicks of a link; the browser handles the others. */
const onPlainClick = (act: () => void) => (event: MouseEvent) => {
  if (!isPlainClick(event)) return;
  event.preventDefault();
  act();
};

interface TrashRowProps {
  task: DeletedTask;
  page: number;
  onErase: () => void;
}

function TrashRow({ task, page, onErase }: TrashRowProps) {
  const { id, title, deleted_at } = task;
  const query = `?return_to=${encodeURIComponent(trashPath(page))}`;
  return (
    <li
      data-task={id}
      className="grid items-center gap-x-6 gap-y-2 border-b border-rule py-3 sm:grid-cols-[minmax(0,1fr)_auto]"
    >
      <div className="wrap-anywhere">
        <p dir="auto" className="font-medium">
          <Link to={`/tasks/${id}${query}`} className="py-1 underline-offset-4 hover:underline">
            {title}
          </Link>
        </p>
        <p className="text-sm text-ink-soft">
          <DeletedWhen time={deleted_at} />
        </p>
      </div>
      <div className="flex flex-wrap items-start gap-x-2">
        <ListedRestoreForm task={task} />
        <ButtonLink to={`/tasks/${id}/delete${query}`} variant="plain" onClick={onPlainClick(onErase)}>
          Delete for good…<span className="sr-only">: {title}</span>
        </ButtonLink>
      </div>
    </li>
  );
}

import type { FetcherWithComponents } from "@remix-run/react";
import type { ReactNode } from "react";
import { ConfirmedTitle, ConfirmForm } from "#app/components/tasks/confirm-form.tsx";
import type { Task } from "#app/schemas/task.ts";

interface ConfirmationProps {
  cancel: ReactNode;
  fetcher?: FetcherWithComponents<unknown>;
  onSuccess?: () => void;
}

interface EraseFormProps extends ConfirmationProps {
  task: Pick<Task, "id" | "title">;
  returnTo: string;
}

/** Confirms that a deleted task is erased. */
export function EraseForm({ task, returnTo, ...form }: EraseFormProps) {
  const hidden = { id: String(task.id), return_to: returnTo };
  return (
    <ConfirmForm intent="erase" hidden={hidden} label="Delete for good" {...form}>
      <ConfirmedTitle title={task.title} />
      <p>You can't undo this.</p>
    </ConfirmForm>
  );
}

interface EmptyTrashFormProps extends ConfirmationProps {
  /** The number of deleted tasks. */
  total: number;
}

/** Confirms that all deleted tasks are erased. */
export function EmptyTrashForm({ total, ...form }: EmptyTrashFormProps) {
  return (
    <ConfirmForm intent="empty" label="Empty trash" {...form}>
      {total === 0 ? (
        <p>There's nothing to delete.</p>
      ) : (
        <p>{total === 1 ? "One task" : `${total} tasks`} will be deleted for good. You can't undo this.</p>
      )}
    </ConfirmForm>
  );
}

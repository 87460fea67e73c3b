import type { FetcherWithComponents } from "@remix-run/react";
import type { ReactNode } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { Task } from "#app/schemas/task.ts";

interface DeleteFormProps {
  task: Pick<Task, "id" | "title">;
  failure: FormFailure | undefined;
  returnTo: string;
  /** The way out. It comes first, so that a hasty Enter keeps the task. */
  keep: ReactNode;
  fetcher?: FetcherWithComponents<unknown>;
  onSuccess?: () => void;
}

/** Asks before a task is deleted: the same words in the dialog and on the page of its own. */
export function DeleteForm({ task, failure, returnTo, keep, ...sending }: DeleteFormProps) {
  const extra = { id: String(task.id), return_to: returnTo };
  return (
    <ActionForm intent="delete" failure={failure} extra={extra} {...sending}>
      {({ pending }) => (
        <>
          <p dir="auto" className="line-clamp-4 font-semibold wrap-anywhere">
            {task.title}
          </p>
          <p>You can undo it right afterwards.</p>
          <div className="mt-2 flex flex-wrap gap-3">
            {keep}
            <Button variant="danger" pending={pending}>
              {pending ? "Deleting …" : "Delete task"}
            </Button>
          </div>
        </>
      )}
    </ActionForm>
  );
}

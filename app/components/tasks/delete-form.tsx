import type { FetcherWithComponents } from "@remix-run/react";
import type { ReactNode } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import type { Task } from "#app/schemas/task.ts";

interface DeleteFormProps {
  task: Pick<Task, "id" | "title">;
  returnTo: string;
  /** The first control, so that pressing Enter by mistake keeps the task. */
  cancel: ReactNode;
  fetcher?: FetcherWithComponents<unknown>;
  onSuccess?: () => void;
}

/** Confirms the deletion of a task, in the dialog of the list and on a page of its own. */
export function DeleteForm({ task, returnTo, cancel, ...submission }: DeleteFormProps) {
  const hidden = { id: String(task.id), return_to: returnTo };
  return (
    <ActionForm intent="delete" hidden={hidden} {...submission}>
      {({ pending }) => (
        <>
          <p dir="auto" className="line-clamp-4 font-semibold wrap-anywhere">
            {task.title}
          </p>
          <p>You can undo this right afterwards.</p>
          <div className="mt-2 flex flex-wrap gap-3">
            {cancel}
            <Button variant="danger" pending={pending}>
              {pending ? "Deleting…" : "Delete task"}
            </Button>
          </div>
        </>
      )}
    </ActionForm>
  );
}

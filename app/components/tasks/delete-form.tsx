import type { FetcherWithComponents } from "@remix-run/react";
import type { ReactNode } from "react";
import { TRASH_DAYS } from "#app/rules/limits.ts";
import type { Task } from "#app/schemas/task.ts";
import { ConfirmedTitle, ConfirmForm } from "./confirm-form.tsx";

interface DeleteFormProps {
  task: Pick<Task, "id" | "title">;
  returnTo: string;
  cancel: ReactNode;
  fetcher?: FetcherWithComponents<unknown>;
  onSuccess?: () => void;
}

/** Confirms the deletion of a task, in the dialog of the list and on a page of its own. */
export function DeleteForm({ task, returnTo, ...form }: DeleteFormProps) {
  const hidden = { id: String(task.id), return_to: returnTo };
  return (
    <ConfirmForm intent="delete" hidden={hidden} label="Delete task" {...form}>
      <ConfirmedTitle title={task.title} />
      <p>It stays in the trash for {TRASH_DAYS} days.</p>
    </ConfirmForm>
  );
}

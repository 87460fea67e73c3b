import { type FetcherWithComponents, useFetcher } from "@remix-run/react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import type { Task } from "#app/schemas/task.ts";

interface RestoreFormProps {
  task: Pick<Task, "id" | "title">;
  fetcher?: FetcherWithComponents<unknown>;
}

/** Restores a deleted task. */
export function RestoreForm({ task, fetcher }: RestoreFormProps) {
  return (
    <ActionForm intent="restore" hidden={{ id: String(task.id) }} {...(fetcher && { fetcher })}>
      {({ pending }) => (
        <Button variant="quiet" pending={pending} className="justify-self-start whitespace-nowrap">
          {pending ? "Restoring…" : "Restore"}
          <span className="sr-only">: {task.title}</span>
        </Button>
      )}
    </ActionForm>
  );
}

/** As `RestoreForm`, in a list: several may be pending at once. */
export function ListedRestoreForm({ task }: Pick<RestoreFormProps, "task">) {
  return <RestoreForm task={task} fetcher={useFetcher({ key: `restore-${task.id}` })} />;
}

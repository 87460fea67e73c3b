import { useFetcher } from "@remix-run/react";
import { useRef } from "react";
import { Button } from "#app/components/ui/button.tsx";
import { Dialog } from "#app/components/ui/dialog.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { Task } from "#app/schemas/task.ts";
import { DeleteForm } from "./delete-form.tsx";

interface DeleteDialogProps {
  task: Pick<Task, "id" | "title">;
  returnTo: string;
  onClose: () => void;
}

/** Asks before a task is deleted from the list. */
export function DeleteDialog({ task, returnTo, onClose }: DeleteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const fetcher = useFetcher<FormFailure>({ key: `delete-${task.id}` });
  const close = () => dialog.current?.close();

  return (
    <Dialog title="Delete this task?" dialog={dialog} onClose={onClose}>
      <DeleteForm
        task={task}
        failure={fetcher.data}
        returnTo={returnTo}
        fetcher={fetcher}
        onSuccess={close}
        keep={
          <Button type="button" variant="quiet" onClick={close}>
            Keep it
          </Button>
        }
      />
    </Dialog>
  );
}

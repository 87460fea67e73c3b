import { useFetcher } from "@remix-run/react";
import { useRef } from "react";
import { Button } from "#app/components/ui/button.tsx";
import { Dialog } from "#app/components/ui/dialog.tsx";
import type { Task } from "#app/schemas/task.ts";
import { DeleteForm } from "./delete-form.tsx";

interface DeleteDialogProps {
  task: Pick<Task, "id" | "title">;
  returnTo: string;
  onClose: () => void;
}

/** Confirms the deletion of a task in the list. */
export default function DeleteDialog({ task, returnTo, onClose }: DeleteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const fetcher = useFetcher({ key: `delete-${task.id}` });
  const close = () => dialog.current?.close();

  return (
    <Dialog title="Delete this task?" dialog={dialog} onClose={onClose}>
      <DeleteForm
        task={task}
        returnTo={returnTo}
        fetcher={fetcher}
        onSuccess={close}
        cancel={
          <Button type="button" variant="quiet" onClick={close}>
            Keep it
          </Button>
        }
      />
    </Dialog>
  );
}

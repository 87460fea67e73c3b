import { useFetcher } from "@remix-run/react";
import { useRef } from "react";
import { Button } from "#app/components/ui/button.tsx";
import { Dialog } from "#app/components/ui/dialog.tsx";
import type { DeletedTask } from "#app/schemas/task.ts";
import { EmptyTrashForm, EraseForm } from "./erase-form.tsx";
import { trashPath } from "./trash-path.ts";

interface EraseDialogProps {
  /** The task to erase; null for all deleted tasks. */
  task: DeletedTask | null;
  total: number;
  page: number;
  onClose: () => void;
}

/** Confirms within the trash that a task, or all of them, are erased. */
export function EraseDialog({ task, total, page, onClose }: EraseDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const fetcher = useFetcher({ key: `erase-${task?.id ?? "all"}` });
  const close = () => dialog.current?.close();
  const form = {
    fetcher,
    onSuccess: close,
    cancel: (
      <Button type="button" variant="quiet" onClick={close}>
        {task ? "Keep it" : "Keep them"}
      </Button>
    ),
  };

  return (
    <Dialog
      title={task ? "Delete this task for good?" : "Empty the trash?"}
      dialog={dialog}
      onClose={onClose}
    >
      {task ? (
        <EraseForm task={task} returnTo={trashPath(page)} {...form} />
      ) : (
        <EmptyTrashForm total={total} {...form} />
      )}
    </Dialog>
  );
}

import { useFetcher } from "@remix-run/react";
import { useEffect, useId, useRef } from "react";
import { Button } from "#app/components/ui/button.tsx";
import type { FormFailure } from "#app/schemas/form-failure.ts";
import type { Task } from "#app/schemas/task.ts";
import { DeleteForm } from "./delete-form.tsx";

interface DeleteDialogProps {
  task: Pick<Task, "id" | "title">;
  returnTo: string;
  onClose: () => void;
}

/** The browser's own dialog: it keeps the focus inside, closes on Escape and hands the focus back. */
export function DeleteDialog({ task, returnTo, onClose }: DeleteDialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const fetcher = useFetcher<FormFailure>({ key: `delete-${task.id}` });
  const close = () => dialog.current?.close();

  useEffect(() => {
    // Strict mode runs this twice, and an open dialog cannot be opened.
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);

  return (
    <dialog
      ref={dialog}
      onClose={onClose}
      aria-labelledby={id}
      className="m-auto w-[calc(100%-2rem)] max-w-form rounded-control bg-sheet p-6 text-ink shadow-lifted"
    >
      <h2 id={id} className="mb-3 text-2xl font-semibold">
        Delete this task?
      </h2>
      <DeleteForm
        task={task}
        failure={fetcher.data}
        returnTo={returnTo}
        fetcher={fetcher}
        onSuccess={close}
        keep={
          <Button type="button" look="quiet" onClick={close}>
            Keep it
          </Button>
        }
      />
    </dialog>
  );
}

import { type ReactNode, type RefObject, useEffect, useId } from "react";

interface DialogProps {
  title: string;
  /** Lets the caller close it: `ref.current?.close()`. */
  dialog: RefObject<HTMLDialogElement>;
  onClose: () => void;
  children: ReactNode;
}

/** A modal <dialog>: the browser traps the focus, closes it on Escape and restores the focus. */
export function Dialog({ title, dialog, onClose, children }: DialogProps) {
  const id = useId();

  useEffect(() => {
    // Strict mode runs the effect twice, and showModal throws on an open dialog.
    if (!dialog.current?.open) dialog.current?.showModal();
  }, [dialog]);

  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby={id} className="dialog">
      <h2 id={id} className="mb-3 text-2xl font-semibold">
        {title}
      </h2>
      {children}
    </dialog>
  );
}

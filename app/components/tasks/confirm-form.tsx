import type { FetcherWithComponents } from "@remix-run/react";
import type { ReactNode } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";

interface ConfirmFormProps {
  intent: string;
  hidden?: Record<string, string>;
  /** The description of the deletion, and whether it can be undone. */
  children: ReactNode;
  /** The label of the button. */
  label: string;
  /** The first control, so that pressing Enter by mistake keeps everything. */
  cancel: ReactNode;
  fetcher?: FetcherWithComponents<unknown>;
  onSuccess?: () => void;
}

/** Confirms a deletion, in a dialog and on a page of its own. */
export function ConfirmForm({ children, label, cancel, ...form }: ConfirmFormProps) {
  return (
    <ActionForm {...form}>
      {({ pending }) => (
        <>
          {children}
          <div className="mt-2 flex flex-wrap gap-3">
            {cancel}
            <Button variant="danger" pending={pending}>
              {pending ? "Deleting…" : label}
            </Button>
          </div>
        </>
      )}
    </ActionForm>
  );
}

/** The title of the task that a form deletes. */
export function ConfirmedTitle({ title }: { title: string }) {
  return (
    <p dir="auto" className="line-clamp-4 font-semibold wrap-anywhere">
      {title}
    </p>
  );
}

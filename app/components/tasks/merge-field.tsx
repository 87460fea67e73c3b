import { lazy, type ReactNode, Suspense } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";

/**
 * Loaded when a task was changed elsewhere while it was edited, which is rare. Not optional: without the choice, the next
 * save would overwrite that change.
 */
const SavedText = lazy(() => import("./saved-text.tsx"));

interface MergeFieldProps {
  name: "title" | "description";
  failure: FormFailure | undefined;
  /** The field. It stays the same element, so that it keeps what is typed. */
  children: ReactNode;
}

/** A field of a task and, if it was changed elsewhere, that text beside it. */
export function MergeField({ name, failure, children }: MergeFieldProps) {
  return (
    <div className="merge">
      {children}
      {failure && (failure.recovery?.conflict || failure.values[`keep_${name}`]) && (
        <Suspense>
          <SavedText name={name} failure={failure} />
        </Suspense>
      )}
    </div>
  );
}

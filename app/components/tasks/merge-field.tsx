import { lazy, type ReactNode, Suspense } from "react";
import type { ConflictingField, FormFailure } from "#app/page-data/form-failure.ts";

/** Loaded when a task was changed elsewhere while it was edited, which is rare. */
const SavedText = lazy(() => import("./saved-text.tsx"));

interface MergeFieldProps {
  name: "title" | "description";
  failure: FormFailure | undefined;
  /** The field. It stays the same element, so that it keeps what is typed. */
  children: ReactNode;
}

/** A choice that was already made is part of every later failure of the form. */
function conflictOf(
  name: MergeFieldProps["name"],
  { recovery, values }: FormFailure,
): ConflictingField | undefined {
  const choice = values[`keep_${name}`];
  const chosen = choice && { saved: values[`base_${name}`] ?? "", edited: choice === "edited" };
  return recovery?.conflict?.fields[name] ?? (chosen || undefined);
}

/** A field of a task and, if it was changed elsewhere, that text beside it. */
export function MergeField({ name, failure, children }: MergeFieldProps) {
  const field = failure && conflictOf(name, failure);
  return (
    <div className={field && "merge"}>
      {children}
      {field && (
        <Suspense>
          <SavedText key={field.saved} name={name} {...field} />
        </Suspense>
      )}
    </div>
  );
}

import { useFetcher } from "@remix-run/react";
import { useEffect, useRef } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { FormFailure } from "#app/schemas/form-failure.ts";
import { DESCRIPTION_MAX } from "#app/schemas/limits.ts";
import type { Draft } from "#app/schemas/shared-draft.ts";

interface QuickAddProps {
  /** What a press without JavaScript came back with. */
  failure: FormFailure | undefined;
  /** What another app has shared, or a wish to write something down: then the caret is here at once. */
  draft?: Draft | null;
}

/** Writes a task down. */
export function QuickAdd({ failure, draft = null }: QuickAddProps) {
  const fetcher = useFetcher<FormFailure>({ key: "add-task" });
  const latest = fetcher.data ?? failure;
  const sent = useRef("");
  const note = latest?.intent === "add" ? latest : undefined;

  useEffect(() => {
    if (fetcher.formData) sent.current = String(fetcher.formData.get("title"));
  }, [fetcher.formData]);

  const startAfresh = (form: HTMLFormElement) => {
    const title = form.querySelector<HTMLInputElement>("[name=title]");
    // Somebody who has typed on or gone elsewhere meanwhile is left alone.
    if (title?.value === sent.current) form.reset();
    if (form.contains(document.activeElement) || document.activeElement === document.body) title?.focus();
  };

  return (
    <ActionForm intent="add" label="Add a task" fetcher={fetcher} failure={latest} onSuccess={startAfresh}>
      {({ field, pending }) => (
        <>
          <div className="grid items-start gap-3 sm:grid-cols-[1fr_auto]">
            <TextField
              {...field("title", draft?.title)}
              {...(draft && { autoFocus: true })}
              label="New task"
              autoComplete="off"
              required
            />
            {/* Level with the field, however much is said below it. */}
            <Button pending={pending} className="sm:mt-7 sm:min-w-28">
              {pending ? "Adding …" : "Add task"}
            </Button>
          </div>
          <details open={Boolean(note?.errors.description ?? note?.values.description ?? draft?.description)}>
            <summary className="inline-flex min-h-target items-center text-ink-soft underline underline-offset-4 hover:text-ink">
              Add a description
            </summary>
            <div className="pt-1">
              <TextField
                {...field("description", draft?.description)}
                label="Description"
                hint={`At most ${DESCRIPTION_MAX} characters.`}
                rows={3}
              />
            </div>
          </details>
        </>
      )}
    </ActionForm>
  );
}

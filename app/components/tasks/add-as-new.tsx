import type { FetcherWithComponents } from "@remix-run/react";
import type { ReactNode } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";

interface AddAsNewProps {
  /** Of the form whose task was deleted. */
  failure: FormFailure;
  /** The name of that form's draft. */
  draft: string;
  /** The path of the list. */
  action: string;
  fetcher?: FetcherWithComponents<unknown>;
  onSuccess?: () => void;
  /** The control that drops the text. */
  discard: ReactNode;
}

/** Keeps the text of a task that was deleted while it was edited: it can become a new task. */
export function AddAsNew({ failure, discard, ...form }: AddAsNewProps) {
  const { message, values, recovery } = failure;
  return (
    <ActionForm
      intent="add"
      label="Add as new"
      hidden={{ submission_id: recovery?.submissionId ?? "" }}
      fields={TASK_RULES}
      {...form}
    >
      {({ field, pending }) => (
        <>
          <FailureMessage lines={[message]} autoFocus calm />
          <TextField
            {...field("title", values.title)}
            label="Title"
            autoComplete="off"
            max={TITLE_MAX}
            required
          />
          <TextField
            {...field("description", values.description)}
            label="Description"
            max={DESCRIPTION_MAX}
            rows={3}
          />
          <div className="flex flex-wrap gap-3">
            <Button pending={pending}>{pending ? "Adding…" : "Add as new"}</Button>
            {discard}
          </div>
        </>
      )}
    </ActionForm>
  );
}

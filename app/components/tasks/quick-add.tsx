import { useRef } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { FetcherResult } from "#app/components/ui/fetcher-result.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import { useShortcuts } from "#app/components/ui/use-shortcuts.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { TaskDraft } from "#app/page-data/shared-draft.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import { useOptimisticAdd } from "./use-optimistic-add.ts";

interface QuickAddProps {
  /** Lets the server recognize a repeated submission, as opposed to two tasks with the same text. */
  submissionId: string;
  /** Content shared by another app, or an empty draft from the app's "new task" shortcut: then the title has the focus. */
  draft?: TaskDraft | null;
}

/** Adds tasks one after the other, without waiting for the answers. */
export function QuickAdd({ submissionId, draft: sharedDraft = null }: QuickAddProps) {
  const form = useRef<HTMLFormElement>(null);
  const { pendingKeys, returned, draft, waiting, send, settle, retry } = useOptimisticAdd(form, sharedDraft);
  const { title, description } = returned?.values ?? draft ?? {};
  const focusTitle = () => (form.current?.elements.namedItem("title") as HTMLInputElement | null)?.focus();
  const clear = () => {
    form.current?.reset();
    focusTitle();
  };
  useShortcuts({ n: focusTitle });

  return (
    <div className="grid gap-4">
      <ActionForm
        formRef={form}
        intent="add"
        label="Add a task"
        hidden={{ submission_id: returned?.values.submission_id ?? submissionId }}
        fields={TASK_RULES}
        onSubmit={send}
        onSuccess={clear}
        failure={returned}
      >
        {({ field }) => (
          <>
            <div className="grid grid-cols-[1fr_auto] items-start gap-3">
              <TextField
                {...field("title", title)}
                {...(draft && { autoFocus: true })}
                label="New task"
                autoComplete="off"
                max={TITLE_MAX}
                required
              />
              {/* Aligned with the input, however many errors are listed below it. */}
              <Button className="mt-7 sm:min-w-28">Add task</Button>
            </div>
            <details open={Boolean(returned?.errors.description ?? description)}>
              <summary className="inline-flex min-h-target items-center text-ink-soft underline underline-offset-4 hover:text-ink">
                Add a description
              </summary>
              <div className="pt-1">
                <TextField
                  {...field("description", description)}
                  label="Description"
                  hint={`At most ${DESCRIPTION_MAX} characters.`}
                  max={DESCRIPTION_MAX}
                  rows={3}
                />
              </div>
            </details>
          </>
        )}
      </ActionForm>
      {pendingKeys.map((key) => (
        <FetcherResult key={key} fetcherKey={key} onSettled={(failure) => settle(key, failure)} />
      ))}
      {waiting.map((failure) => (
        <WaitingTask
          key={`${failure.values.submission_id} ${failure.values.title}`}
          failure={failure}
          onRetry={() => retry(failure)}
        />
      ))}
    </div>
  );
}

function WaitingTask({ failure, onRetry }: { failure: FormFailure; onRetry: () => void }) {
  return (
    <div className="flex flex-wrap items-center gap-3">
      <FailureMessage lines={[`“${failure.values.title}” was not added. ${failure.message}`]} />
      <Button type="button" variant="quiet" onClick={onRetry}>
        Try again
      </Button>
    </div>
  );
}

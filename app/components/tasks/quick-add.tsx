import { useFetcher } from "@remix-run/react";
import { type FormEvent, useEffect, useRef } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { TaskDraft } from "#app/page-data/shared-draft.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import { useOptimisticAdd } from "./use-optimistic-add.ts";

interface QuickAddProps {
  /** What a press without JavaScript came back with. */
  failure: FormFailure | undefined;
  /** Tells this form, when it is sent twice, from two forms with the same words. */
  mark: string;
  /** What another app has shared, or a wish to write something down: then the caret is here at once. */
  draft?: TaskDraft | null;
}

/** Writes tasks down, one after the other. */
export function QuickAdd({ failure, mark, draft = null }: QuickAddProps) {
  const { underWay, returned, shared, waiting, send, end, sendAgain, isSecondPress } = useOptimisticAdd(
    failure,
    draft,
  );
  const { title, description } = returned?.values ?? shared ?? {};
  const stopSecondPress = (event: FormEvent<HTMLDivElement>) => {
    if (!isSecondPress()) return;
    event.preventDefault();
    event.stopPropagation();
    // It took the focus to the button.
    event.currentTarget.querySelector<HTMLInputElement>("[name=title]")?.focus();
  };

  return (
    <div onSubmitCapture={stopSecondPress} className="grid gap-4">
      <ActionForm
        intent="add"
        label="Add a task"
        extra={{ mark: returned?.values.mark ?? mark }}
        rules={TASK_RULES}
        fetcher={{ state: "idle", formData: undefined, submit: send }}
        failure={returned}
      >
        {({ field }) => (
          <>
            <div className="grid grid-cols-[1fr_auto] items-start gap-3">
              <TextField
                {...field("title", title)}
                {...(shared && { autoFocus: true })}
                label="New task"
                autoComplete="off"
                max={TITLE_MAX}
                required
              />
              {/* Level with the field, however much is said below it. */}
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
      {underWay.map((key) => (
        <Sending key={key} id={key} onEnd={end} />
      ))}
      {waiting.map((refused) => (
        <div
          key={`${refused.values.mark} ${refused.values.title}`}
          className="flex flex-wrap items-center gap-3"
        >
          <FailureMessage lines={[`“${refused.values.title}” was not added. ${refused.message}`]} />
          <Button type="button" variant="quiet" onClick={() => sendAgain(refused)}>
            Try again
          </Button>
        </div>
      ))}
    </div>
  );
}

interface SendingProps {
  id: string;
  onEnd: (id: string, failure: FormFailure | undefined) => void;
}

/** Waits for the answer to one new task. */
function Sending({ id, onEnd }: SendingProps) {
  const { state, data } = useFetcher<FormFailure>({ key: id });
  const began = useRef(false);
  useEffect(() => {
    if (state !== "idle") began.current = true;
    else if (began.current) onEnd(id, data);
  }, [state, data, id, onEnd]);
  return null;
}

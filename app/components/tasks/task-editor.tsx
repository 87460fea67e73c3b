import { useFetcher, useRevalidator } from "@remix-run/react";
import { type KeyboardEvent, lazy, Suspense, useState } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { useDraftKey, writeDraft } from "#app/components/ui/drafts.ts";
import { formatDate } from "#app/components/ui/format-date.ts";
import { TextField } from "#app/components/ui/text-field.tsx";
import { useDateContext } from "#app/components/ui/use-date-context.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import type { ListedTask } from "#app/schemas/task.ts";
import { MergeField } from "./merge-field.tsx";
import { OpenedTask } from "./opened-task.tsx";

/** Loaded when a task was deleted while it was edited, which is rare. */
const AddAsNewInList = lazy(() => import("./add-as-new-in-list.tsx"));

interface TaskEditorProps {
  task: ListedTask;
  listPath: string;
  /** Changes that were not saved stay in the draft of the task. */
  onClose: () => void;
}

/** Edits a task within the list. Without JavaScript, the edit page is used. */
export function TaskEditor({ task: listed, listPath, onClose }: TaskEditorProps) {
  // A revalidation must not change text that the user is editing.
  const [task] = useState(listed);
  const fetcher = useFetcher<FormFailure>({ key: `save-${task.id}` });
  const failure = fetcher.data;
  const draft = `task-${task.id}`;
  const draftKey = useDraftKey(draft);
  const dates = useDateContext();
  const { revalidate } = useRevalidator();
  const cancel = () => {
    writeDraft(draftKey);
    onClose();
    // The list is older than the answer.
    if (failure?.recovery) revalidate();
  };
  const closeOnEscape = (event: KeyboardEvent) => {
    // Escape also cancels the composition of a character by an input method.
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    onClose();
  };

  if (failure?.recovery?.submissionId)
    return (
      <div className="editor">
        <Suspense>
          <AddAsNewInList {...{ failure, draft, listPath, onClose, onDiscard: cancel }} />
        </Suspense>
      </div>
    );

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: handles the keys of the fields inside.
    <div onKeyDown={closeOnEscape} className="editor">
      <ActionForm
        intent="save"
        label="Edit task"
        draft={draft}
        action={listPath}
        hidden={{ id: String(task.id) }}
        fields={TASK_RULES}
        fetcher={fetcher}
        onSuccess={onClose}
      >
        {({ field, pending, failure }) => (
          <>
            <OpenedTask {...{ task, draft, failure }} />
            <MergeField name="title" failure={failure}>
              <TextField
                {...field("title", task.title)}
                autoFocus
                label="Title"
                autoComplete="off"
                max={TITLE_MAX}
                required
              />
            </MergeField>
            <MergeField name="description" failure={failure}>
              <TextField
                {...field("description", task.description ?? "")}
                label="Description"
                max={DESCRIPTION_MAX}
                rows={3}
              />
            </MergeField>
            <div className="flex flex-wrap gap-3">
              <Button pending={pending}>{pending ? "Saving…" : "Save"}</Button>
              <Button type="button" variant="quiet" onClick={cancel}>
                Cancel
              </Button>
              <ButtonLink
                to={`/tasks/${task.id}/delete?return_to=${encodeURIComponent(listPath)}`}
                variant="plain"
                className="ml-auto"
              >
                Delete…
              </ButtonLink>
            </div>
            <p className="text-sm text-ink-soft">
              Added <time dateTime={task.created_at}>{formatDate(task.created_at, dates).full}</time>
            </p>
          </>
        )}
      </ActionForm>
    </div>
  );
}

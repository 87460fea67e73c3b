import { useFetcher } from "@remix-run/react";
import type { KeyboardEvent } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { useDraftKey, writeDraft } from "#app/components/ui/drafts.ts";
import { formatDate } from "#app/components/ui/format-date.ts";
import { TextField } from "#app/components/ui/text-field.tsx";
import { useDateContext } from "#app/components/ui/use-date-context.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import type { Task } from "#app/schemas/task.ts";

interface TaskEditorProps {
  task: Pick<Task, "id" | "title" | "description" | "created_at">;
  listPath: string;
  /** Changes that were not saved stay in the draft of the task. */
  onClose: () => void;
  onDelete: () => void;
}

/** Edits a task within the list. Without JavaScript, the edit page is used. */
export function TaskEditor({ task, listPath, onClose, onDelete }: TaskEditorProps) {
  const fetcher = useFetcher({ key: `save-${task.id}` });
  const draftKey = useDraftKey(`task-${task.id}`);
  const dates = useDateContext();
  const cancel = () => {
    writeDraft(draftKey);
    onClose();
  };
  const closeOnEscape = (event: KeyboardEvent) => {
    // Escape also cancels the composition of a character by an input method.
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    onClose();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: handles the keys of the fields inside.
    <div onKeyDown={closeOnEscape} className="editor">
      <ActionForm
        intent="save"
        label="Edit task"
        draft={`task-${task.id}`}
        action={listPath}
        hidden={{ id: String(task.id) }}
        fields={TASK_RULES}
        fetcher={fetcher}
        onSuccess={onClose}
      >
        {({ field, pending }) => (
          <>
            <TextField
              {...field("title", task.title)}
              autoFocus
              label="Title"
              autoComplete="off"
              max={TITLE_MAX}
              required
            />
            <TextField
              {...field("description", task.description ?? "")}
              label="Description"
              max={DESCRIPTION_MAX}
              rows={3}
            />
            <div className="flex flex-wrap gap-3">
              <Button pending={pending}>{pending ? "Saving…" : "Save"}</Button>
              <Button type="button" variant="quiet" onClick={cancel}>
                Cancel
              </Button>
              <ButtonLink
                to={`/tasks/${task.id}/delete?return_to=${encodeURIComponent(listPath)}`}
                variant="plain"
                onClick={onDelete}
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

import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { CheckField } from "#app/components/ui/check-field.tsx";
import { useDraftKey, writeDraft } from "#app/components/ui/drafts.ts";
import { TextField } from "#app/components/ui/text-field.tsx";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import type { Task } from "#app/schemas/task.ts";

/** As the service says it. */
const DELETED = "This task was deleted.";

interface TaskFormProps {
  task: Pick<Task, "id" | "title" | "description" | "completed" | "deleted_at">;
  returnTo: string;
}

/** The form of the edit page. For a deleted task it restores the task too, so that no text is lost. */
export function TaskForm({ task, returnTo }: TaskFormProps) {
  const draft = `task-${task.id}`;
  const draftKey = useDraftKey(draft);
  const isDeleted = task.deleted_at !== undefined;
  const hidden = { return_to: returnTo, ...(isDeleted && { restore: "true" }) };
  return (
    <ActionForm
      intent="save"
      draft={draft}
      action={`/tasks/${task.id}/edit?${new URLSearchParams({ return_to: returnTo })}`}
      hidden={hidden}
      fields={TASK_RULES}
    >
      {({ field, pending, failure }) => (
        <>
          {isDeleted && failure?.message !== DELETED && <p role="status">{DELETED}</p>}
          <TextField
            {...field("title", task.title)}
            label="Title"
            autoComplete="off"
            hint={`At most ${TITLE_MAX} characters.`}
            max={TITLE_MAX}
            required
          />
          <TextField
            {...field("description", task.description ?? "")}
            label="Description"
            hint={`Optional. At most ${DESCRIPTION_MAX} characters.`}
            max={DESCRIPTION_MAX}
            rows={6}
          />
          {/* An unchecked box sends no value. */}
          <CheckField
            label="Done"
            name="completed"
            checked={failure ? failure.values.completed === "true" : task.completed}
          />
          <div className="flex flex-wrap gap-3">
            <Button pending={pending}>
              {pending ? "Saving…" : isDeleted ? "Restore and save" : "Save task"}
            </Button>
            <ButtonLink to={returnTo} variant="quiet" onClick={() => writeDraft(draftKey)}>
              Cancel
            </ButtonLink>
            {!isDeleted && (
              <ButtonLink
                to={`/tasks/${task.id}/delete?return_to=${encodeURIComponent(returnTo)}`}
                variant="plain"
                className="ml-auto"
              >
                Delete…
              </ButtonLink>
            )}
          </div>
        </>
      )}
    </ActionForm>
  );
}

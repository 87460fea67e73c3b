import { useState } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { CheckField } from "#app/components/ui/check-field.tsx";
import { useDraftKey, writeDraft } from "#app/components/ui/drafts.ts";
import { TextField } from "#app/components/ui/text-field.tsx";
import { useFormFailure } from "#app/components/ui/use-form-failure.ts";
import { useKeptResult } from "#app/components/ui/use-kept-result.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import type { Task } from "#app/schemas/task.ts";
import { MergeField } from "./merge-field.tsx";
import { OpenedTask, type ShownTask } from "./opened-task.tsx";

interface TaskFormProps {
  task: Pick<Task, "id" | "title" | "description" | "completed" | "version" | "deleted_at">;
  /** The task that the text is based on, if that is older. */
  opened?: ShownTask;
  returnTo: string;
}

/** The form of the edit page. For a deleted task it restores the task too, so that no text is lost. */
export const TaskForm = (props: TaskFormProps) => <OpenedTaskForm key={props.task.id} {...props} />;

function OpenedTaskForm({ task, opened = task, returnTo }: TaskFormProps) {
  // A revalidation changes neither text that the user is editing nor what that text is based on.
  const [{ title, description, completed }] = useState(task);
  const [base] = useState(opened);
  const kept = useKeptResult(useFormFailure({ intent: "save" }));
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
      failure={kept}
    >
      {({ field, pending, failure }) => (
        <>
          {isDeleted && !failure?.recovery && <p role="status">This task was deleted.</p>}
          <OpenedTask task={base} draft={draft} failure={failure} />
          <MergeField name="title" failure={failure}>
            <TextField
              {...field("title", title)}
              label="Title"
              autoComplete="off"
              hint={`At most ${TITLE_MAX} characters.`}
              max={TITLE_MAX}
              required
            />
          </MergeField>
          <MergeField name="description" failure={failure}>
            <TextField
              {...field("description", description ?? "")}
              label="Description"
              hint={`Optional. At most ${DESCRIPTION_MAX} characters.`}
              max={DESCRIPTION_MAX}
              rows={6}
            />
          </MergeField>
          {/* An unchecked box sends no value. */}
          <CheckField
            label="Done"
            name="completed"
            checked={failure ? failure.values.completed === "true" : completed}
          />
          <div className="flex flex-wrap gap-3">
            <Button pending={pending}>
              {pending ? "Saving…" : isDeleted ? "Restore and save" : "Save task"}
            </Button>
            {isDeleted && <AddAsNewButton failure={failure} />}
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

/** Sends the text as a new task instead. */
function AddAsNewButton({ failure }: { failure: FormFailure | undefined }) {
  const submissionId = failure?.recovery?.submissionId ?? failure?.values.submission_id;
  if (!submissionId) return null;
  return (
    <>
      <input type="hidden" name="submission_id" value={submissionId} />
      <Button name="as_new" value="true" variant="quiet">
        Add as new
      </Button>
    </>
  );
}

import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { CheckField } from "#app/components/ui/check-field.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import type { Task } from "#app/schemas/task.ts";

interface TaskFormProps {
  task: Pick<Task, "title" | "description" | "completed">;
  failure: FormFailure | undefined;
  returnTo: string;
}

/** Changes a task that exists. */
export function TaskForm({ task, failure, returnTo }: TaskFormProps) {
  // A box that was left empty sends nothing, so after a failure only its absence tells.
  const checked = failure ? failure.values.completed === "true" : task.completed;

  return (
    <ActionForm intent="save" failure={failure} extra={{ return_to: returnTo }} rules={TASK_RULES}>
      {({ field, pending }) => (
        <>
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
            hint={`May be left empty. At most ${DESCRIPTION_MAX} characters.`}
            max={DESCRIPTION_MAX}
            rows={6}
          />
          <CheckField label="Done" name="completed" checked={checked} />
          <div className="flex flex-wrap gap-3">
            <Button pending={pending}>{pending ? "Saving …" : "Save task"}</Button>
            <ButtonLink to={returnTo} look="quiet">
              Cancel
            </ButtonLink>
          </div>
        </>
      )}
    </ActionForm>
  );
}

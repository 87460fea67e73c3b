import { useFetcher } from "@remix-run/react";
import type { KeyboardEvent } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import type { Task } from "#app/schemas/task.ts";

interface TaskEditorProps {
  task: Pick<Task, "id" | "title" | "description">;
  /** The address of the list that the task is in. */
  here: string;
  onEnd: () => void;
}

/** Changes a task where it stands. Without JavaScript, a page of its own does. */
export function TaskEditor({ task, here, onEnd }: TaskEditorProps) {
  const fetcher = useFetcher<FormFailure>({ key: `save-${task.id}` });
  const leave = (event: KeyboardEvent) => {
    // Escape also ends the writing of a character that takes several keys.
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    onEnd();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears the keys pressed in the fields inside.
    <div onKeyDown={leave} className="mb-1">
      <ActionForm
        intent="save"
        label="Edit task"
        action={here}
        extra={{ id: String(task.id) }}
        rules={TASK_RULES}
        fetcher={fetcher}
        failure={fetcher.data}
        onSuccess={onEnd}
      >
        {({ field, pending }) => {
          const title = field("title", task.title);
          return (
            <>
              <TextField {...title} autoFocus label="Title" autoComplete="off" max={TITLE_MAX} required />
              <TextField
                {...field("description", task.description ?? "")}
                label="Description"
                max={DESCRIPTION_MAX}
                rows={3}
              />
              <div className="flex flex-wrap gap-3">
                <Button pending={pending}>{pending ? "Saving …" : "Save"}</Button>
                <Button type="button" variant="quiet" onClick={onEnd}>
                  Cancel
                </Button>
              </div>
            </>
          );
        }}
      </ActionForm>
    </div>
  );
}

import { useFetcher } from "@remix-run/react";
import type { MouseEvent } from "react";
import { useCurrentFailure } from "#app/components/ui/use-form-failure.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { Task } from "#app/schemas/task.ts";
import { CheckMark } from "./check-mark.tsx";

/** The state that a pending submission has requested, else the state of the task. */
export function useCompleted(task: Pick<Task, "id" | "completed">) {
  const fetcher = useFetcher<FormFailure>({ key: `complete-${task.id}` });
  const requested = fetcher.formData?.get("completed");
  const completed = requested === undefined ? task.completed : requested === "true";
  const failure = useCurrentFailure(fetcher.data, fetcher.state !== "idle");
  return { Form: fetcher.Form, completed, failure };
}

/** By the second click of a double click, the button already submits the opposite state. */
function ignoreSecondClick(event: MouseEvent) {
  if (event.detail > 1) event.preventDefault();
}

interface TaskCheckProps {
  task: Pick<Task, "id" | "title">;
  completed: boolean;
  Form: ReturnType<typeof useCompleted>["Form"];
}

/** Sets the state of a task. The form names the state instead of toggling it, so a repeated submission is harmless. */
export function TaskCheck({ task, completed, Form }: TaskCheckProps) {
  return (
    <Form method="post" preventScrollReset>
      <input type="hidden" name="intent" value="complete" />
      <input type="hidden" name="id" value={task.id} />
      <input type="hidden" name="completed" value={String(!completed)} />
      <button
        type="submit"
        data-check
        onClick={ignoreSecondClick}
        className="group grid size-target place-items-center"
      >
        <span className="sr-only">{completed ? "Mark as open: " : "Mark as done: "}</span>
        <span className="sr-only" dir="auto">
          {task.title}
        </span>
        <CheckMark done={completed} />
      </button>
    </Form>
  );
}

import { useFetcher } from "@remix-run/react";
import type { MouseEvent } from "react";
import { useCurrentFailure } from "#app/components/ui/use-current-failure.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { Task } from "#app/schemas/task.ts";
import { CheckMark } from "./check-mark.tsx";

/** What a press on the check has asked for, while the answer is on its way; else what the task says. */
export function useCompleted(task: Pick<Task, "id" | "completed">) {
  const fetcher = useFetcher<FormFailure>({ key: `complete-${task.id}` });
  const asked = fetcher.formData?.get("completed");
  const completed = asked === undefined ? task.completed : asked === "true";
  const failure = useCurrentFailure(fetcher.data, fetcher.state !== "idle");
  return { Form: fetcher.Form, completed, failure };
}

/** By the second half of a double click the box already offers the way back. */
function ignoreSecondPress(event: MouseEvent) {
  if (event.detail > 1) event.preventDefault();
}

interface TaskCheckProps {
  task: Pick<Task, "id" | "title">;
  completed: boolean;
  Form: ReturnType<typeof useCompleted>["Form"];
}

/** The box before a task. It says the wanted state instead of turning it over, so a double press changes nothing. */
export function TaskCheck({ task, completed, Form }: TaskCheckProps) {
  return (
    <Form method="post" preventScrollReset>
      <input type="hidden" name="intent" value="complete" />
      <input type="hidden" name="id" value={task.id} />
      <input type="hidden" name="completed" value={String(!completed)} />
      <button
        type="submit"
        data-check
        onClick={ignoreSecondPress}
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

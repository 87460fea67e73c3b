import { useFetcher } from "@remix-run/react";
import type { MouseEvent } from "react";
import { useFreshFailure } from "#app/components/ui/use-fresh-failure.ts";
import type { FormFailure } from "#app/schemas/form-failure.ts";
import type { Task } from "#app/schemas/task.ts";

/** What a press on the check has asked for, while the answer is on its way; else what the task says. */
export function useCompleted(task: Pick<Task, "id" | "completed">) {
  const fetcher = useFetcher<FormFailure>({ key: `complete-${task.id}` });
  const asked = fetcher.formData?.get("completed");
  const completed = asked === undefined ? task.completed : asked === "true";
  const failure = useFreshFailure(fetcher.data, fetcher.state !== "idle");
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
        <span
          aria-hidden="true"
          className={`grid size-6 place-items-center rounded-control border-2 motion-safe:transition-colors motion-safe:duration-150 motion-safe:ease-settle ${
            completed ? "border-accent bg-accent" : "border-edge group-hover:border-accent"
          }`}
        >
          <svg viewBox="0 0 16 16" className="size-4" fill="none" aria-hidden="true">
            <path
              d="M3 8.4l3.2 3.3L13 4.5"
              strokeWidth="2.5"
              strokeLinecap="round"
              strokeLinejoin="round"
              className={
                completed
                  ? "stroke-on-accent forced-colors:stroke-[CanvasText]"
                  : "stroke-transparent group-hover:stroke-accent"
              }
            />
          </svg>
        </span>
      </button>
    </Form>
  );
}

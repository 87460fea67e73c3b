import type { TaskFilter } from "#app/schemas/task.ts";

const WORDS: Record<TaskFilter, [string, string]> = {
  all: ["A clean page.", "Your first task goes into the field above."],
  open: ["Nothing open.", "Everything here is done."],
  done: ["Nothing done yet.", "Check a task and it is kept here."],
};

/** A page of the planner with nothing on it. */
export function EmptyList({ show }: { show: TaskFilter }) {
  const [what, next] = WORDS[show];
  return (
    <div className="ruled grid min-h-48 content-center justify-items-center border-y border-rule text-center">
      <p className="bg-paper px-4 font-serif text-xl font-semibold">{what}</p>
      <p className="bg-paper px-4 text-ink-soft">{next}</p>
    </div>
  );
}

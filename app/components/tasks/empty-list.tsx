import type { TaskFilter } from "#app/schemas/task.ts";

const TEXTS: Record<TaskFilter, [heading: string, hint: string]> = {
  all: ["A clean page.", "Add your first task in the field above."],
  open: ["Nothing open.", "Everything here is done."],
  done: ["Nothing done yet.", "Tasks that you check off appear here."],
};

export function EmptyList({ show }: { show: TaskFilter }) {
  const [heading, hint] = TEXTS[show];
  return (
    <div className="ruled grid min-h-48 content-center justify-items-center border-y border-rule text-center">
      <p className="bg-paper px-4 font-serif text-xl font-semibold">{heading}</p>
      <p className="bg-paper px-4 text-ink-soft">{hint}</p>
    </div>
  );
}

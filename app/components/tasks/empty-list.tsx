import type { ReactNode } from "react";
import type { TaskFilter } from "#app/schemas/task.ts";

const TEXTS: Record<TaskFilter, [heading: string, hint: string]> = {
  all: ["A clean page.", "What's first? Write it above."],
  open: ["Nothing open.", "You're done. Enjoy it."],
  done: ["Nothing done yet.", "Tasks you check off appear here."],
};

export function EmptyList({ show }: { show: TaskFilter }) {
  const [heading, hint] = TEXTS[show];
  return <EmptySheet heading={heading}>{hint}</EmptySheet>;
}

/** The content of a list without tasks. */
export function EmptySheet({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <div className="ruled min-h-60 pl-8.5 leading-12">
      <p className="font-serif text-xl leading-12 font-semibold">{heading}</p>
      <p className="text-ink-soft">{children}</p>
    </div>
  );
}

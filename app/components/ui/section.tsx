import { type ReactNode, useId } from "react";

/** A landmark region of a page, labelled by its heading. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className="grid gap-x-12 gap-y-4 border-t border-rule pt-6 sm:grid-cols-[10rem_1fr]"
    >
      <h2 id={id} className="text-xl font-semibold">
        {title}
      </h2>
      <div className="max-w-form">{children}</div>
    </section>
  );
}

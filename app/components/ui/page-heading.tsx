import type { ReactNode } from "react";

/** The one h1 of a page. Focusable by script: that is where a reader starts after a change of page. */
export function PageHeading({ children }: { children: ReactNode }) {
  return (
    <h1 tabIndex={-1} className="text-3xl leading-tight font-semibold tracking-tight sm:text-4xl">
      {children}
    </h1>
  );
}

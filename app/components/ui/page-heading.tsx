import type { ReactNode } from "react";

/** The only h1 of a page. Focusable by script, because the focus moves to it after a client-side navigation. */
export function PageHeading({ children }: { children: ReactNode }) {
  return (
    <h1 tabIndex={-1} className="text-3xl leading-tight font-semibold tracking-tight sm:text-4xl">
      {children}
    </h1>
  );
}

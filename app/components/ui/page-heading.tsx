import type { ReactNode } from "react";

/** The only h1 of a page. Focusable by script, because the focus moves to it after a client-side navigation. */
export function PageHeading({ children, compact = false }: { children: ReactNode; compact?: boolean }) {
  return (
    // Browser and server may be on two sides of midnight, or have different versions of the time zone rules.
    <h1
      tabIndex={-1}
      suppressHydrationWarning
      className={`text-2xl leading-tight font-semibold tracking-tight ${compact ? "" : "sm:text-4xl"}`}
    >
      {children}
    </h1>
  );
}

/** Wraps long lines: a scrollable block would have to be focusable. */
export function CodeBlock({ children }: { children: string }) {
  return (
    <pre className="rounded-control border border-rule bg-sheet p-3 text-sm wrap-anywhere whitespace-pre-wrap">
      <code>{children}</code>
    </pre>
  );
}

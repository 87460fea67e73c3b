interface FailureMessageProps {
  lines: string[];
  /** Without JavaScript the answer is a new page: there it starts, unless a field does. */
  autoFocus?: boolean;
}

/** Says that something was not accepted, and why. */
export function FailureMessage({ lines, autoFocus = false }: FailureMessageProps) {
  return (
    <div
      role="alert"
      tabIndex={-1}
      // biome-ignore lint/a11y/noAutofocus: see above; it is where the reader has to go on.
      autoFocus={autoFocus}
      className="border-l-4 border-danger py-1 pl-3 font-semibold text-danger"
    >
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

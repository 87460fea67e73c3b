interface FailureMessageProps {
  lines: string[];
  /** Without JavaScript the answer is a new page: the focus starts here unless a field is invalid. */
  autoFocus?: boolean;
}

export function FailureMessage({ lines, autoFocus = false }: FailureMessageProps) {
  return (
    <div
      role="alert"
      tabIndex={-1}
      // biome-ignore lint/a11y/noAutofocus: the reader continues at the error, see above.
      autoFocus={autoFocus}
      className="border-l-4 border-danger py-1 pl-3 font-semibold text-danger"
    >
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

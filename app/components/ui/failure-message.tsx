interface FailureMessageProps {
  lines: string[];
  /** Without JavaScript the answer is a new page: the focus starts here unless a field is invalid. */
  autoFocus?: boolean;
  /** The reader has done nothing wrong. */
  calm?: boolean;
}

export function FailureMessage({ lines, autoFocus = false, calm = false }: FailureMessageProps) {
  return (
    <div
      role="alert"
      tabIndex={-1}
      // biome-ignore lint/a11y/noAutofocus: the reader continues at the error, see above.
      autoFocus={autoFocus}
      className={calm ? "failure calm" : "failure"}
    >
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

import { type ReactNode, useId } from "react";

/** What an ActionForm knows of one of its fields: the text typed before, what is wrong with it, whether to start there. */
export interface FieldState {
  name: string;
  defaultValue: string;
  errors: string[];
  autoFocus: boolean;
}

interface TextFieldProps extends FieldState {
  label: ReactNode;
  hint?: string;
  type?: "text" | "email" | "password";
  autoComplete?: string;
  required?: boolean;
  /** Text height in lines; more than one makes it a textarea. */
  rows?: number;
}

const BOX =
  "block w-full rounded-control border border-edge bg-sheet px-3 py-2 text-ink min-h-target aria-invalid:border-danger aria-invalid:border-2";

/** A labelled line or block of text whose hint and errors are read out together with it. */
export function TextField({ label, hint, errors, rows = 1, type = "text", ...rest }: TextFieldProps) {
  const id = useId();
  const wrong = errors.length > 0;
  const described = [wrong && `${id}-errors`, hint && `${id}-hint`].filter(Boolean).join(" ");
  const field = {
    ...rest,
    id,
    className: BOX,
    "aria-invalid": wrong || undefined,
    "aria-describedby": described || undefined,
    // Text in any script starts at its own side; addresses and passwords keep theirs.
    dir: type === "text" ? "auto" : undefined,
  };

  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-semibold">
        {label}
      </label>
      {rows > 1 ? <textarea {...field} rows={rows} /> : <input {...field} type={type} />}
      {wrong && (
        <div id={`${id}-errors`} className="text-sm font-semibold text-danger">
          {errors.map((error) => (
            <p key={error}>{error}</p>
          ))}
        </div>
      )}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-ink-soft">
          {hint}
        </p>
      )}
    </div>
  );
}

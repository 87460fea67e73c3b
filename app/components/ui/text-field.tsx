import { type ComponentProps, type FormEvent, lazy, type ReactNode, Suspense, useId, useState } from "react";

/** Few texts ever come near their limit. */
const Room = lazy(() => import("./character-count.tsx"));

/** What an ActionForm knows of one of its fields: the text typed before, what is wrong with it, whether to start there. */
export interface FieldState {
  name: string;
  defaultValue: string;
  errors: string[];
  autoFocus: boolean;
}

type Passed =
  | "autoCapitalize"
  | "autoComplete"
  | "dir"
  | "enterKeyHint"
  | "placeholder"
  | "required"
  | "spellCheck";

export interface TextFieldProps extends FieldState, Pick<ComponentProps<"input">, Passed> {
  label: ReactNode;
  hint?: ReactNode;
  type?: "text" | "email" | "password";
  /** Text height in lines; more than one makes it a textarea. */
  rows?: number;
  /** The most characters it may have: with JavaScript they are counted where they become few. */
  max?: number;
  /** A button at the end of the line. */
  inset?: ReactNode;
  onInput?: (event: FormEvent<HTMLInputElement | HTMLTextAreaElement>) => void;
}

const BOX =
  "block w-full rounded-control border border-edge bg-sheet px-3 py-2 text-ink min-h-target aria-invalid:border-danger aria-invalid:border-2";

/** From how many characters before the limit on they are counted. */
const NEAR = 20;

/** A labelled line or block of text whose hint and errors are read out together with it. */
export function TextField({
  label,
  hint,
  errors,
  rows = 1,
  type = "text",
  max,
  inset,
  ...rest
}: TextFieldProps) {
  const id = useId();
  const [long, setLong] = useState("");
  const wrong = errors.length > 0;
  const described = [wrong && `${id}-errors`, hint && `${id}-hint`].filter(Boolean).join(" ");
  const field = {
    // Text in any script starts at its own side; addresses and passwords keep theirs.
    dir: type === "text" ? "auto" : undefined,
    ...(max && {
      // So that styles can tell an empty field.
      placeholder: " ",
      onInput: ({ currentTarget: { value } }: FormEvent<HTMLInputElement | HTMLTextAreaElement>) =>
        setLong(value.length < max - NEAR ? "" : value),
    }),
    ...rest,
    id,
    className: inset ? `${BOX} pr-18` : BOX,
    "aria-invalid": wrong || undefined,
    "aria-describedby": described || undefined,
  };

  return (
    <div className="group">
      <div className="mb-1 flex items-baseline justify-between gap-4">
        <label htmlFor={id} className="font-semibold">
          {label}
        </label>
        {max && long && (
          <Suspense>
            <Room text={long} max={max} />
          </Suspense>
        )}
      </div>
      <div className="relative">
        {rows > 1 ? <textarea {...field} rows={rows} /> : <input {...field} type={type} />}
        {inset}
      </div>
      {/* On the page before there is anything in it, as that is how screen readers hear of what comes. */}
      <div id={`${id}-errors`} aria-live="polite" className="text-sm font-semibold text-danger">
        {errors.map((error) => (
          <p key={error} className="mt-1">
            {error}
          </p>
        ))}
      </div>
      {hint && (
        <p id={`${id}-hint`} className="mt-1 text-sm text-ink-soft">
          {hint}
        </p>
      )}
    </div>
  );
}

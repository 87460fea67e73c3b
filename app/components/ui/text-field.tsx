import { type ComponentProps, type FormEvent, type ReactNode, Suspense, useId, useState } from "react";
import { lazyOptional } from "./lazy-optional.ts";

/** Loaded when a text first comes near its limit, which is rare. */
const CharacterCount = lazyOptional(() => import("./character-count.tsx"));

/** The state of one field of an ActionForm. */
export interface FieldState {
  name: string;
  defaultValue: string;
  errors: string[];
  autoFocus: boolean;
}

type InputProps =
  | "autoCapitalize"
  | "autoComplete"
  | "dir"
  | "enterKeyHint"
  | "placeholder"
  | "required"
  | "spellCheck";

export interface TextFieldProps extends FieldState, Pick<ComponentProps<"input">, InputProps> {
  label: ReactNode;
  hint?: ReactNode;
  type?: "text" | "email" | "password";
  /** Height in lines; more than one makes it a textarea. */
  rows?: number;
  /** The greatest length in characters; with JavaScript the remaining ones are counted near the limit. */
  max?: number;
  /** Shows the field as a line of the sheet: its placeholder replaces the label. */
  line?: boolean;
  /** A button inside the field, at its end. */
  inset?: ReactNode;
  onInput?: (event: FormEvent<HTMLInputElement | HTMLTextAreaElement>) => void;
}

const LINE = "block w-full min-h-target bg-transparent placeholder:text-ink-soft focus:outline-none";

/** The counter appears this many characters before the limit. */
const COUNTED_CHARACTERS = 20;

/** A labelled single-line or multi-line input that screen readers announce with its hint and errors. */
export function TextField({
  label,
  hint,
  errors,
  rows = 1,
  type = "text",
  max,
  line = false,
  inset,
  ...rest
}: TextFieldProps) {
  const id = useId();
  const [countedText, setCountedText] = useState("");
  const invalid = errors.length > 0;
  const describedBy = [invalid && `${id}-errors`, hint && `${id}-hint`].filter(Boolean).join(" ");
  const field = {
    // Text in any script starts at its own side; addresses and passwords are always left to right.
    dir: type === "text" ? "auto" : undefined,
    ...(max && {
      // Lets CSS match an empty field with :placeholder-shown.
      placeholder: " ",
      onInput: ({ currentTarget: { value } }: FormEvent<HTMLInputElement | HTMLTextAreaElement>) =>
        setCountedText(value.length < max - COUNTED_CHARACTERS ? "" : value),
    }),
    ...rest,
    id,
    className: line ? LINE : inset ? "text-box pr-18" : "text-box",
    "aria-invalid": invalid || undefined,
    "aria-describedby": describedBy || undefined,
  };

  return (
    <div className="group">
      <div className={line ? "text-right" : "mb-1 flex items-baseline justify-between gap-4"}>
        <label htmlFor={id} className={line ? "sr-only" : "font-semibold"}>
          {label}
        </label>
        {max && countedText && (
          <Suspense>
            <CharacterCount text={countedText} max={max} />
          </Suspense>
        )}
      </div>
      <div className="relative">
        {rows > 1 ? <textarea {...field} rows={rows} /> : <input {...field} type={type} />}
        {inset}
      </div>
      {/* Always rendered: screen readers announce changes only in a live region that was already on the page. */}
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

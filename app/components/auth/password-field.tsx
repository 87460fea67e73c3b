import { useState } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import { TextField, type TextFieldProps } from "#app/components/ui/text-field.tsx";

export interface PasswordFieldProps extends Omit<TextFieldProps, "type" | "inset"> {
  label: string;
  autoComplete: "current-password" | "new-password";
  /** Whether its form is being submitted. */
  pending: boolean;
}

/** A password that can be revealed during input, with JavaScript. */
export function PasswordField({ pending, required = true, ...field }: PasswordFieldProps) {
  const hydrated = useHydrated();
  const [revealed, setRevealed] = useState(false);
  // Browsers offer the text of submitted text fields to later users as autocompletion. Set during render, because an
  // effect would leave the password visible for one more paint.
  if (revealed && pending) setRevealed(false);

  return (
    <TextField
      {...field}
      type={revealed ? "text" : "password"}
      dir="ltr"
      autoCapitalize="none"
      spellCheck={false}
      required={required}
      inset={
        <button
          type="button"
          hidden={!hydrated}
          onClick={() => setRevealed(!revealed)}
          className="absolute inset-y-0 right-0 w-18 rounded-control text-sm font-semibold text-ink-soft underline-offset-4 hover:text-ink hover:underline"
        >
          {revealed ? "Hide" : "Show"} <span className="sr-only">{field.label.toLowerCase()}</span>
        </button>
      }
    />
  );
}

import { useState } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import { TextField, type TextFieldProps } from "#app/components/ui/text-field.tsx";

export interface PasswordFieldProps extends Omit<TextFieldProps, "type" | "inset"> {
  label: string;
  autoComplete: "current-password" | "new-password";
  /** Whether its form is on its way. */
  pending: boolean;
}

/** A password, which with JavaScript may be looked at while it is typed. */
export function PasswordField({ pending, ...field }: PasswordFieldProps) {
  const hydrated = useHydrated();
  const [shown, setShown] = useState(false);
  // A password again before it is sent: what is sent as text, browsers offer to the next who types here.
  if (shown && pending) setShown(false);

  return (
    <TextField
      {...field}
      type={shown ? "text" : "password"}
      dir="ltr"
      autoCapitalize="none"
      spellCheck={false}
      required
      inset={
        <button
          type="button"
          hidden={!hydrated}
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0 right-0 w-18 rounded-control text-sm font-semibold text-ink-soft underline-offset-4 hover:text-ink hover:underline"
        >
          {shown ? "Hide" : "Show"} <span className="sr-only">{field.label.toLowerCase()}</span>
        </button>
      }
    />
  );
}

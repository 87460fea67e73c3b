import { type FieldState, TextField } from "#app/components/ui/text-field.tsx";

/** A code of the authenticator app. Phones offer it above the keyboard. */
export function CodeField({ hint, ...field }: FieldState & { hint?: string }) {
  return (
    <TextField
      {...field}
      label="Code"
      hint={hint ?? "Six digits from your authenticator app, or one of your recovery codes."}
      dir="ltr"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      enterKeyHint="done"
      required
    />
  );
}

import { TextField, type TextFieldProps } from "#app/components/ui/text-field.tsx";

type EmailFieldProps = Omit<TextFieldProps, "label" | "type">;

/** The address that somebody signs in with. */
export function EmailField(props: EmailFieldProps) {
  return (
    <TextField
      autoComplete="email"
      {...props}
      label="Email"
      type="email"
      autoCapitalize="none"
      spellCheck={false}
      required
    />
  );
}

import { TextField, type TextFieldProps } from "#app/components/ui/text-field.tsx";

type EmailFieldProps = Omit<TextFieldProps, "label" | "type">;

/** The email address of an account. */
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

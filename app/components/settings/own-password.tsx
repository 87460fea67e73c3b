import { AccountEmail } from "#app/components/auth/account-email.tsx";
import { PasswordField } from "#app/components/auth/password-field.tsx";
import type { FieldState, TextFieldProps } from "#app/components/ui/text-field.tsx";

interface OwnPasswordProps extends FieldState, Pick<TextFieldProps, "enterKeyHint"> {
  email: string;
  pending: boolean;
}

/** The password again. */
export function OwnPassword({ email, ...field }: OwnPasswordProps) {
  return (
    <>
      <AccountEmail email={email} />
      <PasswordField {...field} label="Your password" autoComplete="current-password" />
    </>
  );
}

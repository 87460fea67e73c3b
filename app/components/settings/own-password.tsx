import { PasswordField } from "#app/components/auth/password-field.tsx";
import type { FieldState } from "#app/components/ui/text-field.tsx";

type OwnPasswordProps = FieldState & { email: string; pending: boolean };

/** The password again. The email is for password managers; it has no name, so it is not submitted. */
export function OwnPassword({ email, ...field }: OwnPasswordProps) {
  return (
    <>
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      <PasswordField {...field} label="Your password" autoComplete="current-password" />
    </>
  );
}

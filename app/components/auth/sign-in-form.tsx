import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { FormFailure } from "#app/schemas/form-failure.ts";

interface SignInFormProps {
  failure: FormFailure | undefined;
  /** Where somebody wanted to go who was asked to sign in first. */
  redirectTo: string;
}

export function SignInForm({ failure, redirectTo }: SignInFormProps) {
  return (
    <ActionForm intent="signin" failure={failure} extra={{ redirectTo }}>
      {({ field, pending }) => (
        <>
          <TextField {...field("email")} label="Email" type="email" autoComplete="email" required />
          <TextField
            {...field("password")}
            label="Password"
            type="password"
            autoComplete="current-password"
            required
          />
          <Button pending={pending}>{pending ? "Signing in …" : "Sign in"}</Button>
        </>
      )}
    </ActionForm>
  );
}

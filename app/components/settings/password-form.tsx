import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { FormFailure } from "#app/schemas/form-failure.ts";
import { PASSWORD_MIN } from "#app/schemas/limits.ts";

interface PasswordFormProps {
  email: string;
  failure: FormFailure | undefined;
}

export function PasswordForm({ email, failure }: PasswordFormProps) {
  return (
    <ActionForm intent="password" failure={failure} label="Password" onSuccess={(form) => form.reset()}>
      {({ field, pending }) => (
        <>
          {/* Tells a password manager whose password this is; without a name it is not sent. */}
          <input type="email" autoComplete="username" value={email} readOnly hidden />
          <TextField
            {...field("current_password")}
            label="Current password"
            type="password"
            autoComplete="current-password"
            required
          />
          <TextField
            {...field("password")}
            label="New password"
            type="password"
            autoComplete="new-password"
            hint={`At least ${PASSWORD_MIN} characters. Every other device is signed out.`}
            required
          />
          <Button pending={pending} className="justify-self-start">
            {pending ? "Changing …" : "Change password"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

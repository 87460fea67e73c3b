import { NewPasswordField } from "#app/components/auth/new-password-field.tsx";
import { PasswordField } from "#app/components/auth/password-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { newPasswordProblem, required } from "#app/rules/account-rules.ts";
import { PASSWORD_MIN } from "#app/rules/limits.ts";

interface PasswordFormProps {
  email: string;
  failure: FormFailure | undefined;
}

const RULES = { current_password: required("Current password"), password: newPasswordProblem };

export function PasswordForm({ email, failure }: PasswordFormProps) {
  return (
    <ActionForm
      intent="password"
      failure={failure}
      rules={RULES}
      label="Password"
      onSuccess={(form) => form.reset()}
    >
      {({ field, pending }) => (
        <>
          {/* Tells a password manager whose password this is; without a name it is not sent. */}
          <input type="email" autoComplete="username" value={email} readOnly hidden />
          <PasswordField
            {...field("current_password")}
            label="Current password"
            autoComplete="current-password"
            pending={pending}
          />
          <NewPasswordField
            {...field("password")}
            label="New password"
            hint={`At least ${PASSWORD_MIN} characters. Every other device is signed out.`}
            enterKeyHint="done"
            pending={pending}
          />
          <Button pending={pending} className="justify-self-start">
            {pending ? "Changing …" : "Change password"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

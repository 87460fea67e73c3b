import { useFetcher } from "@remix-run/react";
import { AccountEmail } from "#app/components/auth/account-email.tsx";
import { NewPasswordField } from "#app/components/auth/new-password-field.tsx";
import { PasswordField } from "#app/components/auth/password-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { newPasswordProblem, required } from "#app/rules/account-rules.ts";
import { PASSWORD_MIN } from "#app/rules/limits.ts";

const FIELDS = { current_password: required("Current password"), password: newPasswordProblem };

export function PasswordForm({ email }: { email: string }) {
  const fetcher = useFetcher();
  return (
    <ActionForm
      intent="password"
      fields={FIELDS}
      label="Password"
      fetcher={fetcher}
      onSuccess={(form) => form.reset()}
    >
      {({ field, pending }) => (
        <>
          <AccountEmail email={email} />
          <PasswordField
            {...field("current_password")}
            label="Current password"
            autoComplete="current-password"
            pending={pending}
          />
          <NewPasswordField
            {...field("password")}
            label="New password"
            hint={`At least ${PASSWORD_MIN} characters. All other devices are signed out.`}
            enterKeyHint="done"
            pending={pending}
          />
          <Button pending={pending} className="justify-self-start">
            {pending ? "Changing…" : "Change password"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

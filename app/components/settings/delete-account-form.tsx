import { PasswordField } from "#app/components/auth/password-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { required } from "#app/rules/account-rules.ts";

interface DeleteAccountFormProps {
  email: string;
  failure: FormFailure | undefined;
}

const RULES = { password: required("Password") };

/** Its confirmation is the password: nobody types that by mistake. */
export function DeleteAccountForm({ email, failure }: DeleteAccountFormProps) {
  return (
    <ActionForm intent="delete-account" failure={failure} rules={RULES} label="Delete account">
      {({ field, pending }) => (
        <>
          <p>
            Deletes your account, all of your tasks, and every session, at once and for good. Export your data
            first if you may want it again.
          </p>
          {/* Tells a password manager whose password this is; without a name it is not sent. */}
          <input type="email" autoComplete="username" value={email} readOnly hidden />
          <PasswordField
            {...field("password")}
            label="Your password"
            autoComplete="current-password"
            enterKeyHint="done"
            pending={pending}
          />
          <Button variant="danger" pending={pending} className="justify-self-start">
            {pending ? "Deleting …" : "Delete account"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

import { PasswordField } from "#app/components/auth/password-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { required } from "#app/rules/account-rules.ts";

const FIELDS = { password: required("Password") };

/** The password confirms the deletion: it cannot be entered by mistake. */
export function DeleteAccountForm({ email }: { email: string }) {
  return (
    <ActionForm intent="delete-account" fields={FIELDS} label="Delete account">
      {({ field, pending }) => (
        <>
          <p>
            This deletes your account and all your tasks for good, and signs you out everywhere. If you might
            want your tasks again, export them first.
          </p>
          {/* Shows password managers the account. It has no name, so it is not submitted. */}
          <input type="email" autoComplete="username" value={email} readOnly hidden />
          <PasswordField
            {...field("password")}
            label="Your password"
            autoComplete="current-password"
            enterKeyHint="done"
            pending={pending}
          />
          <Button variant="danger" pending={pending} className="justify-self-start">
            {pending ? "Deleting…" : "Delete account"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

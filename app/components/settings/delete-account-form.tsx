import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { required } from "#app/rules/account-rules.ts";
import { OwnPassword } from "./own-password.tsx";

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
          <OwnPassword {...field("password")} email={email} enterKeyHint="done" pending={pending} />
          <Button variant="danger" pending={pending} className="justify-self-start">
            {pending ? "Deleting…" : "Delete account"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { newPasswordProblem } from "#app/rules/account-rules.ts";
import { PASSWORD_MIN } from "#app/rules/limits.ts";
import { AccountEmail } from "./account-email.tsx";
import { NewPasswordField } from "./new-password-field.tsx";

const FIELDS = { password: newPasswordProblem };

/** Posts to the address of its page, which contains the token. `email` is the account's. */
export function ResetPasswordForm({ email }: { email: string }) {
  return (
    <ActionForm intent="reset-password" fields={FIELDS}>
      {({ field, pending }) => (
        <>
          <AccountEmail email={email} />
          <NewPasswordField
            {...field("password")}
            label="New password"
            hint={`At least ${PASSWORD_MIN} characters. A few words in a row are easy to remember and hard to guess.`}
            enterKeyHint="done"
            pending={pending}
          />
          <Button pending={pending}>{pending ? "Saving…" : "Save new password"}</Button>
        </>
      )}
    </ActionForm>
  );
}

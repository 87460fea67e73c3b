import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { emailProblem } from "#app/rules/account-rules.ts";
import { EmailField } from "./email-field.tsx";

const FIELDS = { email: emailProblem };

export function ForgotPasswordForm() {
  return (
    <ActionForm intent="forgot-password" fields={FIELDS}>
      {({ field, pending }) => (
        <>
          <EmailField {...field("email")} autoComplete="username" enterKeyHint="send" />
          <Button pending={pending}>{pending ? "Sending…" : "Send a link"}</Button>
        </>
      )}
    </ActionForm>
  );
}

import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { required } from "#app/rules/account-rules.ts";
import { CodeField } from "./code-field.tsx";

const FIELDS = { totp_code: required("Code") };

/** The second step of a sign-in. `redirectTo` is the page that required a session. */
export function SignInCodeForm({ redirectTo }: { redirectTo: string }) {
  return (
    <ActionForm intent="signin-code" fields={FIELDS} hidden={{ redirectTo }}>
      {({ field, pending }) => (
        <>
          <CodeField {...field("totp_code")} />
          <Button pending={pending}>{pending ? "Signing in…" : "Sign in"}</Button>
        </>
      )}
    </ActionForm>
  );
}

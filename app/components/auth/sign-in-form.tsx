import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { required } from "#app/rules/account-rules.ts";
import { EmailField } from "./email-field.tsx";
import { PasswordField } from "./password-field.tsx";

const FIELDS = { email: required("Email"), password: required("Password") };

/** `redirectTo` is the page that required a session. */
export function SignInForm({ redirectTo }: { redirectTo: string }) {
  return (
    <ActionForm intent="signin" fields={FIELDS} hidden={{ redirectTo }}>
      {({ field, pending }) => (
        <>
          {/* Password managers store the password under the field marked "username". */}
          <EmailField {...field("email")} autoComplete="username" />
          <PasswordField
            {...field("password")}
            label="Password"
            autoComplete="current-password"
            enterKeyHint="go"
            pending={pending}
          />
          <Button pending={pending}>{pending ? "Signing in…" : "Sign in"}</Button>
        </>
      )}
    </ActionForm>
  );
}

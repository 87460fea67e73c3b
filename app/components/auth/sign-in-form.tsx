import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { required } from "#app/rules/account-rules.ts";
import { EmailField } from "./email-field.tsx";
import { PasswordField } from "./password-field.tsx";

interface SignInFormProps {
  failure: FormFailure | undefined;
  /** Where somebody wanted to go who was asked to sign in first. */
  redirectTo: string;
}

const RULES = { email: required("Email"), password: required("Password") };

export function SignInForm({ failure, redirectTo }: SignInFormProps) {
  return (
    <ActionForm intent="signin" failure={failure} rules={RULES} extra={{ redirectTo }}>
      {({ field, pending }) => (
        <>
          {/* The name that goes with the password, to password managers: it is kept under it. */}
          <EmailField {...field("email")} autoComplete="username" />
          <PasswordField
            {...field("password")}
            label="Password"
            autoComplete="current-password"
            enterKeyHint="go"
            pending={pending}
          />
          <Button pending={pending}>{pending ? "Signing in …" : "Sign in"}</Button>
        </>
      )}
    </ActionForm>
  );
}

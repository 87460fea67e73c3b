import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import { emailProblem, nameProblem, newPasswordProblem } from "#app/rules/account-rules.ts";
import { NAME_MAX, PASSWORD_MIN } from "#app/rules/limits.ts";
import { EmailField } from "./email-field.tsx";
import { NewPasswordField } from "./new-password-field.tsx";

const FIELDS = { name: nameProblem, email: emailProblem, password: newPasswordProblem };

/** `redirectTo` is the page that required a session. */
export function SignUpForm({ redirectTo }: { redirectTo: string }) {
  return (
    <ActionForm intent="signup" fields={FIELDS} hidden={{ redirectTo }}>
      {({ field, pending }) => (
        <>
          <TextField {...field("name")} label="Name" autoComplete="name" max={NAME_MAX} required />
          <EmailField {...field("email")} hint="You sign in with it. Tock sends it no newsletters." />
          <NewPasswordField
            {...field("password")}
            label="Password"
            hint={`At least ${PASSWORD_MIN} characters. A few words in a row are easy to remember and hard to guess.`}
            enterKeyHint="go"
            pending={pending}
          />
          <Button pending={pending}>{pending ? "Signing up…" : "Sign up"}</Button>
        </>
      )}
    </ActionForm>
  );
}

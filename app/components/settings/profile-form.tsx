import { EmailField } from "#app/components/auth/email-field.tsx";
import { PasswordField } from "#app/components/auth/password-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import { emailProblem, nameProblem } from "#app/rules/account-rules.ts";
import { NAME_MAX } from "#app/rules/limits.ts";
import type { User } from "#app/schemas/account.ts";

/** The server knows whether the email changes, and so whether it needs the password. */
const FIELDS = { name: nameProblem, email: emailProblem, current_password: () => undefined };

/** A typed password must not stay on the page. The other fields show what was saved. */
function clearPassword(form: HTMLFormElement): void {
  const field = form.elements.namedItem("current_password");
  if (field instanceof HTMLInputElement) field.value = "";
}

export function ProfileForm({ user }: { user: Pick<User, "name" | "email"> }) {
  return (
    <ActionForm intent="profile" fields={FIELDS} onSuccess={clearPassword}>
      {({ field, pending }) => (
        <>
          <TextField {...field("name", user.name)} label="Name" autoComplete="name" max={NAME_MAX} required />
          <EmailField {...field("email", user.email)} hint="You sign in with it." />
          <PasswordField
            {...field("current_password")}
            label="Confirm with your password"
            hint="Needed only to change your email."
            autoComplete="current-password"
            enterKeyHint="done"
            pending={pending}
            required={false}
          />
          <Button pending={pending} className="justify-self-start">
            {pending ? "Saving…" : "Save name and email"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

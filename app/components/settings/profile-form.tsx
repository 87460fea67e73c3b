import { useFetcher } from "@remix-run/react";
import { EmailField } from "#app/components/auth/email-field.tsx";
import { PasswordField } from "#app/components/auth/password-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import { emailProblem, nameProblem } from "#app/rules/account-rules.ts";
import { NAME_MAX } from "#app/rules/limits.ts";

/** The server knows whether the email changes, and so whether it needs the password. */
const FIELDS = { name: nameProblem, email: emailProblem, current_password: () => undefined };

/** A typed password must not stay on the page, nor an email that has to be confirmed. The name is what was saved. */
function showSaved(form: HTMLFormElement): void {
  for (const name of ["current_password", "email"]) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) field.value = field.defaultValue;
  }
}

interface ProfileFormProps {
  name: string;
  email: string;
  /** Whether a new email takes effect only after its mailed link was opened. */
  confirmsEmail: boolean;
  /** The new email whose link was not opened yet. */
  pendingEmail: string | undefined;
}

export function ProfileForm({ name, email, confirmsEmail, pendingEmail }: ProfileFormProps) {
  const fetcher = useFetcher();
  return (
    <ActionForm intent="profile" fields={FIELDS} fetcher={fetcher} onSuccess={showSaved}>
      {({ field, pending }) => (
        <>
          <TextField {...field("name", name)} label="Name" autoComplete="name" max={NAME_MAX} required />
          <EmailField
            {...field("email", email)}
            hint={
              confirmsEmail ? "You sign in with it. We'll send a link to a new one." : "You sign in with it."
            }
          />
          {pendingEmail && (
            <p className="border-l-4 border-accent pl-3 wrap-anywhere">
              Waiting for <strong>{pendingEmail}</strong>: open the link in our mail to it. Until then you
              sign in with {email}.
            </p>
          )}
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

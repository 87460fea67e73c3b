import { EmailField } from "#app/components/auth/email-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import { emailProblem, nameProblem } from "#app/rules/account-rules.ts";
import { NAME_MAX } from "#app/rules/limits.ts";
import type { User } from "#app/schemas/account.ts";

const FIELDS = { name: nameProblem, email: emailProblem };

export function ProfileForm({ user }: { user: Pick<User, "name" | "email"> }) {
  return (
    <ActionForm intent="profile" fields={FIELDS}>
      {({ field, pending }) => (
        <>
          <TextField {...field("name", user.name)} label="Name" autoComplete="name" max={NAME_MAX} required />
          <EmailField {...field("email", user.email)} hint="You sign in with it." enterKeyHint="done" />
          <Button pending={pending} className="justify-self-start">
            {pending ? "Saving…" : "Save name and email"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

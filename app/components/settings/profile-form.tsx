import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { User } from "#app/schemas/account.ts";
import type { FormFailure } from "#app/schemas/form-failure.ts";

interface ProfileFormProps {
  user: Pick<User, "name" | "email">;
  failure: FormFailure | undefined;
}

export function ProfileForm({ user, failure }: ProfileFormProps) {
  return (
    <ActionForm intent="profile" failure={failure}>
      {({ field, pending }) => (
        <>
          <TextField {...field("name", user.name)} label="Name" autoComplete="name" required />
          <TextField
            {...field("email", user.email)}
            label="Email"
            type="email"
            autoComplete="email"
            hint="You sign in with it."
            required
          />
          <Button pending={pending} className="justify-self-start">
            {pending ? "Saving …" : "Save name and email"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import type { FormFailure } from "#app/schemas/form-failure.ts";
import { PASSWORD_MIN } from "#app/schemas/limits.ts";

interface AuthFormProps {
  failure: FormFailure | undefined;
  /** Where somebody wanted to go who was asked to sign in first. */
  redirectTo: string;
}

export function SignUpForm({ failure, redirectTo }: AuthFormProps) {
  return (
    <ActionForm intent="signup" failure={failure} extra={{ redirectTo }}>
      {({ field, pending }) => (
        <>
          <TextField {...field("name")} label="Name" autoComplete="name" required />
          <TextField
            {...field("email")}
            label="Email"
            type="email"
            autoComplete="email"
            hint="You sign in with it. No mail is sent to it."
            required
          />
          <TextField
            {...field("password")}
            label="Password"
            type="password"
            autoComplete="new-password"
            hint={`At least ${PASSWORD_MIN} characters. A few words in a row are easy to remember and hard to guess.`}
            required
          />
          <Button pending={pending}>{pending ? "Signing up …" : "Sign up"}</Button>
        </>
      )}
    </ActionForm>
  );
}

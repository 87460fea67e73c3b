import { CodeField } from "#app/components/auth/code-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { required } from "#app/rules/account-rules.ts";
import { OwnPassword } from "./own-password.tsx";

const PASSWORD = { password: required("Password") };
const CODE = { totp_code: required("Code") };

/** Begins the setup. The password keeps an unattended device from locking its owner out. */
export function StartTotpForm({ email }: { email: string }) {
  return (
    <ActionForm intent="start" fields={PASSWORD} label="Set up two-step sign-in">
      {({ field, pending }) => (
        <>
          <OwnPassword {...field("password")} email={email} pending={pending} />
          <Button pending={pending} className="justify-self-start">
            {pending ? "Setting up…" : "Set up"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

/** Turns the second factor on with a first code. */
export function ConfirmTotpForm() {
  return (
    <ActionForm intent="confirm" fields={CODE} label="Turn on two-step sign-in">
      {({ field, pending }) => (
        <>
          <CodeField {...field("totp_code")} hint="The six digits that the app shows now." />
          <Button pending={pending} className="justify-self-start">
            {pending ? "Turning on…" : "Turn on"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

interface ConfirmedFormProps {
  email: string;
  intent: "codes" | "remove";
  label: string;
  button: string;
  variant: "quiet" | "danger";
}

/** A change of the second factor, confirmed by password and code, which must not stay on the page. */
export function ConfirmedTotpForm({ email, intent, label, button, variant }: ConfirmedFormProps) {
  return (
    <ActionForm
      intent={intent}
      fields={{ ...PASSWORD, ...CODE }}
      label={label}
      onSuccess={(form) => form.reset()}
    >
      {({ field, pending }) => (
        <>
          <OwnPassword {...field("password")} email={email} pending={pending} />
          <CodeField {...field("totp_code")} />
          <Button variant={variant} pending={pending} className="justify-self-start">
            {pending ? "One moment…" : button}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

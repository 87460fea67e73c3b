import { useId } from "react";
import { CodeField } from "#app/components/auth/code-field.tsx";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { TextField } from "#app/components/ui/text-field.tsx";
import {
  ACCESS_TOKEN_DAYS_DEFAULT,
  ACCESS_TOKEN_DAYS_OFFERED,
  SCOPES,
  type Scope,
} from "#app/rules/access-token-rules.ts";
import { nameProblem, required } from "#app/rules/account-rules.ts";
import { NAME_MAX } from "#app/rules/limits.ts";
import { OwnPassword } from "./own-password.tsx";

/** Descriptions of the scopes. */
export const SCOPE_LABELS: Record<Scope, string> = {
  "tasks:read": "Read your tasks",
  "tasks:write": "Read and change your tasks",
};

const FIELDS = { name: nameProblem, password: required("Password") };
const FIELDS_WITH_CODE = { ...FIELDS, totp_code: required("Code") };

function ScopeField({ chosen = SCOPES[0] }: { chosen?: string | undefined }) {
  return (
    <fieldset>
      <legend className="font-semibold">It may</legend>
      {SCOPES.map((scope) => (
        <label key={scope} className="flex min-h-target items-center gap-3">
          <input
            type="radio"
            name="scope"
            value={scope}
            defaultChecked={scope === chosen}
            className="size-5 accent-accent"
          />
          {SCOPE_LABELS[scope]}
        </label>
      ))}
    </fieldset>
  );
}

function LifetimeField({ chosen = String(ACCESS_TOKEN_DAYS_DEFAULT) }: { chosen?: string | undefined }) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-semibold">
        Works for
      </label>
      <select id={id} name="expires_in_days" defaultValue={chosen} className="text-box">
        {ACCESS_TOKEN_DAYS_OFFERED.map((days) => (
          <option key={days} value={days}>
            {days} days
          </option>
        ))}
      </select>
    </div>
  );
}

/** Creates an access token. */
export function AccessTokenForm({ email, hasTotp }: { email: string; hasTotp: boolean }) {
  const fields = hasTotp ? FIELDS_WITH_CODE : { ...FIELDS, totp_code: () => undefined };
  return (
    <ActionForm intent="create" fields={fields} label="New token" onSuccess={(form) => form.reset()}>
      {({ field, failure, pending }) => (
        <>
          <TextField
            {...field("name")}
            label="Name"
            hint="What uses it, such as “Calendar on my laptop”."
            autoComplete="off"
            max={NAME_MAX}
            required
          />
          <ScopeField chosen={failure?.values.scope} />
          <LifetimeField chosen={failure?.values.expires_in_days} />
          <OwnPassword {...field("password")} email={email} pending={pending} />
          {hasTotp && <CodeField {...field("totp_code")} />}
          <Button pending={pending} className="justify-self-start">
            {pending ? "Creating…" : "Create token"}
          </Button>
        </>
      )}
    </ActionForm>
  );
}

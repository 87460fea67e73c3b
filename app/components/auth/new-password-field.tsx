import { type FormEvent, useState } from "react";
import { DebouncedLiveRegion } from "#app/components/ui/debounced-live-region.tsx";
import { loadCommonPasswords } from "#app/rules/common-passwords/load.ts";
import { PasswordField, type PasswordFieldProps } from "./password-field.tsx";
import { passwordHint } from "./password-hint.ts";

interface NewPasswordFieldProps extends Omit<PasswordFieldProps, "autoComplete" | "onInput"> {
  hint: string;
}

const NOTHING = { password: "", email: "", name: "" };

/** A password that is being chosen: its hint turns into what is still wrong with it. */
export function NewPasswordField({ hint, ...field }: NewPasswordFieldProps) {
  const [typed, setTyped] = useState(NOTHING);
  const [common, setCommon] = useState<ReadonlySet<string>>();
  // The form may be emptied after it, of which its fields do not hear.
  if (field.pending && typed !== NOTHING) setTyped(NOTHING);

  const judge = ({ currentTarget }: FormEvent<HTMLInputElement | HTMLTextAreaElement>) => {
    const { value, form } = currentTarget;
    const address = form?.querySelector<HTMLInputElement>("[type=email]");
    // In the form itself, or in the one beside it that changes the name.
    const name = form?.ownerDocument.querySelector<HTMLInputElement>("[autocomplete=name]");
    setTyped({ password: value, email: address?.value ?? "", name: name?.value ?? "" });
    // Without the list there is nothing more to say, and the server judges as ever.
    loadCommonPasswords().then(setCommon, () => undefined);
  };

  return (
    <PasswordField
      {...field}
      autoComplete="new-password"
      onInput={judge}
      hint={
        // Two lines high whatever it says, so that what comes below stays where it is.
        <span className="block min-h-10">
          <DebouncedLiveRegion text={passwordHint(typed.password, typed, common) ?? hint} />
        </span>
      }
    />
  );
}

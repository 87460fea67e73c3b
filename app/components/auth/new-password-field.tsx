import { type FormEvent, useState } from "react";
import { DebouncedLiveRegion } from "#app/components/ui/debounced-live-region.tsx";
import { loadCommonPasswords } from "#app/rules/common-passwords/load.ts";
import { PasswordField, type PasswordFieldProps } from "./password-field.tsx";
import { passwordHint } from "./password-hint.ts";

interface NewPasswordFieldProps extends Omit<PasswordFieldProps, "autoComplete" | "onInput"> {
  hint: string;
}

const EMPTY = { password: "", email: "", name: "" };

/** A field for choosing a password. Its hint changes to the current problem of the password during input. */
export function NewPasswordField({ hint, ...field }: NewPasswordFieldProps) {
  const [input, setInput] = useState(EMPTY);
  const [commonPasswords, setCommonPasswords] = useState<ReadonlySet<string>>();
  // A success resets the form, which fires no input event. Set during render, React's pattern for derived state: an
  // effect would render the old hint once more, and a new key would drop the focus.
  if (field.pending && input !== EMPTY) setInput(EMPTY);

  const onInput = ({ currentTarget }: FormEvent<HTMLInputElement | HTMLTextAreaElement>) => {
    const { value, form } = currentTarget;
    const email = form?.querySelector<HTMLInputElement>("[type=email]");
    // On the settings page the name belongs to another form.
    const name = form?.ownerDocument.querySelector<HTMLInputElement>("[autocomplete=name]");
    setInput({ password: value, email: email?.value ?? "", name: name?.value ?? "" });
    // If the list cannot be loaded, only the server checks for common passwords.
    loadCommonPasswords().then(setCommonPasswords, () => undefined);
  };

  return (
    <PasswordField
      {...field}
      autoComplete="new-password"
      onInput={onInput}
      hint={
        // Always two lines high, so that a longer text does not move the button below.
        <span className="block min-h-10">
          <DebouncedLiveRegion text={passwordHint(input.password, input, commonPasswords) ?? hint} />
        </span>
      }
    />
  );
}

import { type FetcherWithComponents, Form, useNavigation } from "@remix-run/react";
import type { ReactNode } from "react";
import type { FormFailure } from "#app/http/form-failure.ts";
import { FailureMessage } from "./failure-message.tsx";
import type { FieldState } from "./text-field.tsx";
import { useFormFeedback } from "./use-form-feedback.ts";

interface FormState {
  pending: boolean;
  /** Call it in the order of the fields on the page: the first one with an error is where the caret goes. */
  field(name: string, initial?: string): FieldState;
}

interface ActionFormProps {
  /** Names the form among those of its page; the action receives it. */
  intent: string;
  failure: FormFailure | undefined;
  /** Hidden fields, sent as they are. */
  extra?: Record<string, string>;
  label?: string;
  /** Given, the form is sent without leaving the page's history alone: several may be under way at once. */
  fetcher?: FetcherWithComponents<unknown>;
  onSuccess?: (form: HTMLFormElement) => void;
  children: (state: FormState) => ReactNode;
}

/** A plain post form that keeps what was typed, says what is wrong, and with JavaScript sends once and moves the focus. */
export function ActionForm({
  intent,
  failure,
  extra = {},
  label,
  fetcher,
  onSuccess,
  children,
}: ActionFormProps) {
  const navigation = useNavigation();
  const mine = failure?.intent === intent ? failure : undefined;
  const work = fetcher ?? navigation;
  const pending = work.state !== "idle" && work.formData?.get("intent") === intent;
  const { ref, onSubmit, onInput } = useFormFeedback({ pending, failure: mine, onSuccess });
  const Element = fetcher?.Form ?? Form;

  const seen = new Set<string>();
  let focused = false;
  const field = (name: string, initial?: string): FieldState => {
    const errors = mine?.errors[name] ?? [];
    const autoFocus = !focused && errors.length > 0;
    focused ||= autoFocus;
    seen.add(name);
    return { name, errors, autoFocus, defaultValue: mine?.values[name] ?? initial };
  };
  const fields = children({ pending, field });
  const more = Object.entries(mine?.errors ?? {}).flatMap(([name, errors]) => (seen.has(name) ? [] : errors));

  return (
    <Element
      method="post"
      noValidate
      preventScrollReset
      ref={ref}
      onSubmit={onSubmit}
      onInput={onInput}
      aria-label={label}
      aria-busy={pending || undefined}
      className="grid gap-4"
    >
      <input type="hidden" name="intent" value={intent} />
      {Object.entries(extra).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {mine && <FailureMessage failure={mine} more={more} autoFocus={!focused} />}
      {fields}
    </Element>
  );
}

import {
  type FetcherWithComponents,
  Form,
  type SubmitOptions,
  useNavigation,
  useSubmit,
} from "@remix-run/react";
import type { ReactNode } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { FailureMessage } from "./failure-message.tsx";
import type { FieldState } from "./text-field.tsx";
import { useCurrentFailure } from "./use-current-failure.ts";
import { type FieldRules, useFieldValidation } from "./use-field-validation.ts";
import { useFormFeedback } from "./use-form-feedback.ts";

interface FormState {
  pending: boolean;
  /** Call it in the order of the fields on the page: the first one with an error is where the caret goes. */
  field(name: string, initial?: string): FieldState;
}

/** What a form is sent by: a fetcher, or something that makes fetchers. */
interface Sender {
  state: FetcherWithComponents<unknown>["state"];
  formData: FormData | undefined;
  submit(form: HTMLFormElement, options: SubmitOptions): void;
}

interface ActionFormProps {
  /** Names the form among those of its page; the action receives it. */
  intent: string;
  failure: FormFailure | undefined;
  /** Field → its rule, as far as it can be told without asking the server. */
  rules?: FieldRules;
  /** Hidden fields, sent as they are. */
  extra?: Record<string, string>;
  label?: string;
  /** Where it is posted, unless to its own page. */
  action?: string;
  /** Given, the form is sent without leaving the page's history alone: several may be under way at once. */
  fetcher?: Sender;
  onSuccess?: (form: HTMLFormElement) => void;
  children: (state: FormState) => ReactNode;
}

/** A plain post form that keeps what was typed, says what is wrong, and with JavaScript sends once and moves the focus. */
export function ActionForm({
  intent,
  failure,
  rules = {},
  extra = {},
  label,
  action,
  fetcher,
  onSuccess,
  children,
}: ActionFormProps) {
  const navigation = useNavigation();
  const navigate = useSubmit();
  const work = fetcher ?? navigation;
  const pending = work.state !== "idle" && work.formData?.get("intent") === intent;
  const fresh = useCurrentFailure(failure, pending);
  const mine = fresh?.intent === intent ? fresh : undefined;
  const { answer, errors: wrong, look, pass } = useFieldValidation(rules, mine);
  const send = (form: HTMLFormElement) => {
    // At once: left to React's own time, a quick answer could come before "pending" was ever seen.
    const options = { flushSync: true, preventScrollReset: fetcher !== undefined };
    if (pass(form)) (fetcher?.submit ?? navigate)(form, options);
  };
  const feedback = useFormFeedback({ pending, failure: mine, onSuccess, send, look });

  const told: string[] = [];
  let focused = false;
  const field = (name: string, initial?: string): FieldState => {
    const errors = wrong[name] ?? [];
    const autoFocus = !focused && errors.length > 0;
    focused ||= autoFocus;
    told.push(...errors);
    return { name, errors, autoFocus, defaultValue: mine?.values[name] ?? initial ?? "" };
  };
  const fields = children({ pending, field });
  // What no field of this form has said already.
  const lines = answer
    ? [answer.message, ...Object.values(wrong).flat()].filter((line) => !told.includes(line))
    : [];

  return (
    <Form
      method="post"
      {...(action && { action })}
      noValidate
      {...feedback}
      aria-label={label}
      aria-busy={pending || undefined}
      className="grid gap-4"
    >
      <input type="hidden" name="intent" value={intent} />
      {Object.entries(extra).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      {lines.length > 0 && <FailureMessage lines={lines} autoFocus={!focused} />}
      {fields}
    </Form>
  );
}

import { type FormEvent, useState } from "react";
import { flushSync } from "react-dom";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { Rule } from "#app/rules/text-rules.ts";

/** Field name → the server's rule for its text, in the order of the fields on the page. */
export type FieldRules = Record<string, Rule>;

/** An input event, or a blur that moves the focus to `relatedTarget`. */
type FieldEvent = FormEvent<HTMLFormElement> & { relatedTarget?: Element | null };

type Errors = Record<string, string[]>;

interface LocalErrors {
  errors: Errors;
  /** The server's failure that was visible when local errors blocked a submission: it refers to older text. */
  outdated: FormFailure | undefined;
}

/** Validates a form in the browser by the server's rules, and merges the result with the server's failure. */
export function useFieldValidation(rules: FieldRules, failure: FormFailure | undefined) {
  const [local, setLocal] = useState<LocalErrors>({ errors: {}, outdated: undefined });
  const serverFailure = failure === local.outdated ? undefined : failure;

  /** Checks a field on input while it has an error, else when the focus moves from it to another field. */
  const validateField = ({ target, relatedTarget: next }: FieldEvent) => {
    const { name, value } = target as HTMLInputElement;
    const problem = rules[name]?.(value);
    // A new error line would move a button or link away under the pointer, so only a move to a field counts.
    const isLeft = problem && value && next?.matches("input, textarea");
    if (isLeft || local.errors[name]?.length) {
      setLocal({ ...local, errors: { ...local.errors, [name]: problem ? [problem] : [] } });
    }
  };

  /** Checks all fields and focuses the first invalid one. Returns whether the form is valid. */
  const validateForm = (form: HTMLFormElement) => {
    const errors: Errors = {};
    for (const { name, value } of Array.from(form.elements) as HTMLInputElement[]) {
      const problem = rules[name]?.(value);
      if (problem) errors[name] = [problem];
    }
    const valid = Object.keys(errors).length === 0;
    flushSync(() => setLocal({ errors, outdated: valid ? local.outdated : failure }));
    if (!valid) form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    return valid;
  };

  const errors: Errors = { ...serverFailure?.errors, ...local.errors };
  return { ...arrangeErrors(Object.keys(rules), errors, serverFailure), validateField, validateForm };
}

/** Divides the errors into those that a field displays and the messages left for the whole form. */
function arrangeErrors(fields: string[], errors: Errors, failure: FormFailure | undefined) {
  const displayed = fields.flatMap((name) => errors[name] ?? []);
  // "Some fields aren't valid." adds nothing to the messages of these fields.
  const explained = failure ? Object.values(failure.errors).flat() : [];
  const messages = failure && explained.length === 0 ? [failure.message] : explained;
  return {
    errors,
    firstInvalid: fields.find((name) => errors[name]?.length),
    formMessages: messages.filter((message) => !displayed.includes(message)),
  };
}

import { type FormEvent, useState } from "react";
import { flushSync } from "react-dom";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { Rule } from "#app/rules/text-rules.ts";

/** Field → the server's rule for it. */
export type FieldRules = Record<string, Rule>;

/** Typing in a field, or leaving it for another element. */
type FieldEvent = FormEvent<HTMLFormElement> & { relatedTarget?: Element | null };

interface Found {
  errors: Record<string, string[]>;
  /** The answer in sight when they stopped a press: it is about other text. */
  outdated: FormFailure | undefined;
}

/**
 * What a form finds wrong by itself, with JavaScript, so that nothing has to be sent to hear of it.
 * @returns `answer`, what the server said as far as it still counts, and `errors`, with what was found since
 */
export function useFieldValidation(rules: FieldRules, failure: FormFailure | undefined) {
  const [found, setFound] = useState<Found>({ errors: {}, outdated: undefined });
  const answer = failure === found.outdated ? undefined : failure;

  /** Looks at a field again: while it is typed in if it is wrong, else when it was filled and left for another one. */
  const look = ({ target, relatedTarget: next }: FieldEvent) => {
    const { name, value } = target as HTMLInputElement;
    const problem = rules[name]?.(value);
    // Not when it is left for a button or a link: what is said would move that away under the pointer.
    const left = problem && value && next?.matches("input, textarea");
    if (left || found.errors[name]?.length) {
      setFound({ ...found, errors: { ...found.errors, [name]: problem ? [problem] : [] } });
    }
  };

  /** Looks at all of them, and starts at the first that is wrong. @returns whether the form may be sent */
  const pass = (form: HTMLFormElement) => {
    const errors: Found["errors"] = {};
    for (const { name, value } of Array.from(form.elements) as HTMLInputElement[]) {
      const problem = rules[name]?.(value);
      if (problem) errors[name] = [problem];
    }
    const stopped = Object.keys(errors).length > 0;
    flushSync(() => setFound({ errors, outdated: stopped ? failure : found.outdated }));
    if (stopped) form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    return !stopped;
  };

  return { answer, errors: { ...answer?.errors, ...found.errors }, look, pass };
}

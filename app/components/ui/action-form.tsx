import { type FetcherWithComponents, Form, useNavigation, useSubmit } from "@remix-run/react";
import { type ReactNode, type RefObject, useRef } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { Rule } from "#app/rules/text-rules.ts";
import { useUserId } from "./drafts.ts";
import { FailureMessage } from "./failure-message.tsx";
import type { FieldState } from "./text-field.tsx";
import { useDraft } from "./use-draft.ts";
import { type FieldRules, useFieldValidation } from "./use-field-validation.ts";
import { useCurrentFailure, useFormFailure } from "./use-form-failure.ts";
import { useFormSubmission } from "./use-form-submission.ts";

interface FormState<Name extends string> {
  pending: boolean;
  failure: FormFailure | undefined;
  field(name: Name, initial?: string): FieldState;
}

interface ActionFormProps<Name extends string> {
  /** Identifies the form among those of its page; the action receives it. */
  intent: string;
  /** The text fields in the order of the page, each with the rule that the browser can check by itself. */
  fields?: Record<Name, Rule>;
  hidden?: Record<string, string>;
  /** Identifies the form's text, which is kept until it is sent: in this tab, and through a sign-in. */
  draft?: string;
  label?: string;
  /** The address to post to, by default the page's own. */
  action?: string;
  /** Submits without a navigation, so that several forms may be pending at once. */
  fetcher?: FetcherWithComponents<unknown>;
  /** Replaces the submission, for a form that is free for the next input at once. */
  onSubmit?: (form: HTMLFormElement) => void;
  /** Without it, a form finds its failure by `intent` and the hidden `id`. Goes with `onSubmit`, or keeps a failure. */
  failure?: FormFailure | undefined;
  onSuccess?: (form: HTMLFormElement) => void;
  formRef?: RefObject<HTMLFormElement>;
  children: (state: FormState<Name>) => ReactNode;
}

/** A post form that keeps its input and displays errors; with JavaScript it validates early and is sent once. */
export function ActionForm<Name extends string>({
  intent,
  fields = {} as Record<Name, Rule>,
  hidden = {},
  draft,
  label,
  action,
  children,
  ...rest
}: ActionFormProps<Name>) {
  const { form, pending, failure, validation, handlers } = useActionForm({
    intent,
    id: hidden.id,
    draft,
    rules: fields,
    ...rest,
  });
  const { errors, firstInvalid, formMessages } = validation;
  const userId = useUserId();
  // An optimistic form is in use when its failure arrives: the message does not move the fields, nor take the focus.
  const optimistic = rest.onSubmit !== undefined;
  const message = formMessages.length > 0 && (
    <FailureMessage
      lines={formMessages}
      autoFocus={!firstInvalid && !optimistic}
      calm={failure?.recovery !== undefined}
    />
  );
  const field = (name: Name, initial = ""): FieldState => ({
    name,
    errors: errors[name] ?? [],
    autoFocus: name === firstInvalid,
    defaultValue: failure?.values[name] ?? initial,
  });

  return (
    <Form
      ref={form}
      method="post"
      {...(action && { action })}
      noValidate
      {...handlers}
      aria-label={label}
      aria-busy={pending || undefined}
      className="grid gap-4"
    >
      {Object.entries({ intent, ...hidden, ...(draft && userId && { user_id: userId }) }).map(
        ([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ),
      )}
      {!optimistic && message}
      {children({ pending, failure, field })}
      {optimistic && message}
    </Form>
  );
}

interface FormOptions
  extends Pick<
    ActionFormProps<string>,
    "intent" | "fetcher" | "onSubmit" | "failure" | "onSuccess" | "formRef"
  > {
  id: string | undefined;
  draft: string | undefined;
  rules: FieldRules;
}

function useActionForm({ intent, id, draft, rules, fetcher, onSubmit, onSuccess, ...props }: FormOptions) {
  const ownRef = useRef<HTMLFormElement>(null);
  const form = props.formRef ?? ownRef;
  const navigation = useNavigation();
  const navigate = useSubmit();
  const { state, formData } = fetcher ?? navigation;
  const pending = state !== "idle" && formData?.get("intent") === intent;
  const found = useFormFailure({ intent, id, fetcher });
  const failure = useCurrentFailure(onSubmit ? props.failure : (props.failure ?? found), pending);
  const validation = useFieldValidation(rules, failure);
  const { saveDraft, removeDraft } = useDraft(form, draft, failure !== undefined);

  const submit = (element: HTMLFormElement, button: HTMLButtonElement | null) => {
    // Flushed, so that "pending" is rendered even if the answer arrives at once.
    const options = { flushSync: true, preventScrollReset: fetcher !== undefined };
    // A button with a name says which of the form's actions it means.
    (fetcher?.submit ?? navigate)(button?.name ? button : element, options);
  };
  const optimistic = onSubmit !== undefined;
  const send = onSubmit ?? submit;
  const succeed = (element: HTMLFormElement) => {
    // A navigation that ended may have been interrupted: form-persistence.ts removes its draft when the answer arrives.
    if (fetcher || optimistic) removeDraft();
    onSuccess?.(element);
  };
  const submission = { form, pending, failure, validation, send, saveDraft, optimistic };
  const handlers = useFormSubmission({ ...submission, onSuccess: succeed });
  return { form, pending, failure, validation, handlers };
}

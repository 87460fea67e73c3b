import { type FormEvent, type KeyboardEvent, type RefObject, useEffect, useRef } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { useFieldValidation } from "./use-field-validation.ts";

interface Submission {
  form: RefObject<HTMLFormElement>;
  pending: boolean;
  failure: FormFailure | undefined;
  validation: Pick<ReturnType<typeof useFieldValidation>, "validateField" | "validateForm">;
  /** Receives the button that was pressed, if there was one. */
  send: (form: HTMLFormElement, button: HTMLButtonElement | null) => void;
  /** Stores the text that was not sent; called after each input. */
  saveDraft: () => void;
  /** The form counts as accepted as soon as it is sent. */
  optimistic: boolean;
  onSuccess: ((form: HTMLFormElement) => void) | undefined;
}

/** The usual double-click interval of operating systems. */
const DOUBLE_CLICK_MS = 500;

/** The event handlers of a form: it is sent once per press, even on a double click, and a failure takes the focus. */
export function useFormSubmission(submission: Submission) {
  const { form, pending, failure, validation, send, saveDraft, optimistic, onSuccess } = submission;
  const submitted = useRef(false);
  /** When the form was last accepted; reset by input. */
  const acceptedAt = useRef(Number.NEGATIVE_INFINITY);
  // The browser has already focused a failure that came with the page, by `autofocus`.
  const handledFailure = useRef(failure);

  useEffect(() => {
    if (!failure || failure === handledFailure.current) return;
    handledFailure.current = failure;
    // The reader is writing the next text already. Away from the field, its letters would be shortcuts.
    if (optimistic) return;
    const focused = document.activeElement;
    // The focus stays where the reader has moved it since.
    if (focused !== document.body && !form.current?.contains(focused)) return;
    const find = (selector: string) => form.current?.querySelector<HTMLElement>(selector);
    (find("[aria-invalid=true]") ?? find("[role=alert]"))?.focus();
  }, [form, failure, optimistic]);

  useEffect(() => {
    if (pending) submitted.current = true;
    if (pending || !submitted.current) return;
    submitted.current = false;
    if (failure || !form.current) return;
    acceptedAt.current = performance.now();
    onSuccess?.(form.current);
  }, [form, pending, failure, onSuccess]);

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const element = event.currentTarget;
    // While a failure shows, the last submission was not accepted. An effect would reset `acceptedAt` a moment too late.
    const isSecondClick = !failure && performance.now() - acceptedAt.current < DOUBLE_CLICK_MS;
    if (isSecondClick) return onSuccess?.(element);
    // `pending` is already false between the render of an answer and its effect above; `submitted` still holds.
    if (pending || submitted.current || !validation.validateForm(element)) return;
    send(element, (event.nativeEvent as SubmitEvent).submitter as HTMLButtonElement | null);
    if (!optimistic) return;
    acceptedAt.current = performance.now();
    onSuccess?.(element);
  };
  const onInput = (event: FormEvent<HTMLFormElement>) => {
    acceptedAt.current = Number.NEGATIVE_INFINITY;
    validation.validateField(event);
    saveDraft();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.currentTarget.requestSubmit();
  };
  return { onSubmit, onInput, onKeyDown, onBlur: validation.validateField };
}

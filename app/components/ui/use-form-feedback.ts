import { type FormEvent, useEffect, useRef } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";

interface Feedback {
  pending: boolean;
  failure: FormFailure | undefined;
  onSuccess: ((form: HTMLFormElement) => void) | undefined;
  send: (form: HTMLFormElement) => void;
  /** Is told of a field that is typed in or left. */
  look: (event: FormEvent<HTMLFormElement>) => void;
}

/** As long as systems wait for the second half of a double click. */
const DOUBLE_PRESS_MS = 500;

/** What a form does once JavaScript runs: it is sent once per press, and its answer moves the focus. */
export function useFormFeedback({ pending, failure, onSuccess, send, look }: Feedback) {
  const ref = useRef<HTMLFormElement>(null);
  const underWay = useRef(false);
  /** When the form was last accepted; forgotten as soon as something is typed. */
  const acceptedAt = useRef(Number.NEGATIVE_INFINITY);
  // A failure that came with the page has been focused by the browser already.
  const told = useRef(failure);

  useEffect(() => {
    const held = document.activeElement;
    // Whoever has gone on elsewhere is not called back.
    if (failure && failure !== told.current && (held === document.body || ref.current?.contains(held))) {
      const find = (selector: string) => ref.current?.querySelector<HTMLElement>(selector);
      (find("[aria-invalid=true]") ?? find("[role=alert]"))?.focus();
    }
    told.current = failure;
  }, [failure]);

  useEffect(() => {
    if (pending) underWay.current = true;
    if (pending || !underWay.current) return;
    underWay.current = false;
    if (failure || !ref.current) return;
    acceptedAt.current = performance.now();
    onSuccess?.(ref.current);
  }, [pending, failure, onSuccess]);

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // The second half of a double press comes while the first is on its way, or after its answer.
    const answered = performance.now() - acceptedAt.current < DOUBLE_PRESS_MS;
    if (answered) onSuccess?.(event.currentTarget);
    // Between the answer being rendered and its effect above, only `underWay` knows of it.
    else if (!pending && !underWay.current) send(event.currentTarget);
  };
  const onInput = (event: FormEvent<HTMLFormElement>) => {
    acceptedAt.current = Number.NEGATIVE_INFINITY;
    look(event);
  };
  return { ref, onSubmit, onInput, onBlur: look };
}

import { type FormEvent, useEffect, useRef } from "react";
import type { FormFailure } from "#app/http/form-failure.ts";

interface Feedback {
  pending: boolean;
  failure: FormFailure | undefined;
  onSuccess: ((form: HTMLFormElement) => void) | undefined;
}

/** What a form does once JavaScript runs: it is sent once per press, and its answer moves the focus. */
export function useFormFeedback({ pending, failure, onSuccess }: Feedback) {
  const ref = useRef<HTMLFormElement>(null);
  const sent = useRef(false);
  const underWay = useRef(false);
  // A failure that came with the page has been focused by the browser already.
  const told = useRef(failure);

  useEffect(() => {
    if (failure && failure !== told.current) {
      const find = (selector: string) => ref.current?.querySelector<HTMLElement>(selector);
      (find("[aria-invalid=true]") ?? find("[role=alert]"))?.focus();
    }
    told.current = failure;
  }, [failure]);

  useEffect(() => {
    if (pending) underWay.current = true;
    if (pending || !underWay.current) return;
    underWay.current = false;
    sent.current = false;
    if (!failure && ref.current) onSuccess?.(ref.current);
  }, [pending, failure, onSuccess]);

  const onSubmit = (event: FormEvent) => {
    // A double press comes before the first one has been rendered as pending.
    if (sent.current) event.preventDefault();
    sent.current = true;
  };
  return { ref, onSubmit };
}

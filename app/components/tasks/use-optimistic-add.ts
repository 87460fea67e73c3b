import { useSubmit } from "@remix-run/react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { addSentForm, removeSentForm } from "#app/components/ui/drafts.ts";
import { useFormFailure } from "#app/components/ui/use-form-failure.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { TaskDraft } from "#app/page-data/shared-draft.ts";
import { draftName, type Rejected, useKeptRejections } from "./use-kept-rejections.ts";

/** @returns a field of the form, while that is on the page */
export const fieldOf = ({ current }: RefObject<HTMLFormElement>, name: keyof TaskDraft) =>
  current?.elements.namedItem(name) as HTMLInputElement | null | undefined;

/**
 * Submits tasks without waiting for the answers. A rejected task returns to the form if that is empty, else it waits
 * below the form for a retry.
 */
export function useOptimisticAdd(form: RefObject<HTMLFormElement>, initialDraft: TaskDraft | null) {
  const submit = useSubmit();
  // The answer to a post without JavaScript.
  const pageFailure = useFormFailure({ intent: "add" });
  const count = useRef(0);
  const [pendingKeys, setPendingKeys] = useState<string[]>([]);
  const [rejected, setRejected] = useState<Rejected>({ returned: pageFailure, waiting: [] });
  const [draft, setDraft] = useState(initialDraft);
  const { returned, waiting } = rejected;
  useKeptRejections(rejected, setRejected, initialDraft);

  const dispatch = (values: Record<string, string>) => {
    addSentForm(values);
    count.current += 1;
    const key = `add-${count.current}`;
    setPendingKeys((keys) => [...keys, key]);
    submit(values, {
      method: "post",
      navigate: false,
      fetcherKey: key,
      flushSync: true,
      preventScrollReset: true,
    });
  };

  const send = (sentForm: HTMLFormElement) => {
    dispatch(Object.fromEntries(new FormData(sentForm)) as Record<string, string>);
    // Flushed, so that a reset afterwards empties the fields.
    flushSync(() => {
      setRejected((before) => ({ ...before, returned: undefined }));
      setDraft(null);
    });
  };

  const settle = (key: string, failure: FormFailure | undefined) => {
    setPendingKeys((keys) => keys.filter((other) => other !== key));
    if (!failure) return;
    removeSentForm(failure.values);
    const inUse = fieldOf(form, "title")?.value || fieldOf(form, "description")?.value;
    // If several fail in one batch, the first one takes the form.
    setRejected((before) =>
      inUse || before.returned
        ? { ...before, waiting: [...before.waiting, failure] }
        : { ...before, returned: failure },
    );
  };

  // A reset turns the new default values into values. Those of the page's failure were rendered by the server.
  useEffect(() => {
    if (!returned || returned === pageFailure) return;
    form.current?.reset();
    // The reader may be about to type the next task: the first letter replaces the text, see `replace`.
    const title = fieldOf(form, "title");
    if (document.activeElement === title) title?.select();
  }, [form, returned, pageFailure]);

  /** Moves the returned task below the form when other text replaces its title. */
  const replace = (event: InputEvent) => {
    if (!returned || !event.data || fieldOf(form, "title")?.value !== event.data) return;
    setRejected({ returned: undefined, waiting: [...waiting, returned] });
  };

  const discard = (failure: FormFailure) =>
    setRejected((before) => ({
      ...before,
      waiting: before.waiting.filter((other) => other !== failure),
    }));
  const retry = (failure: FormFailure) => {
    discard(failure);
    dispatch(failure.values);
  };

  return {
    pendingKeys,
    returned,
    draft,
    draftName: draftName(draft),
    waiting,
    send,
    settle,
    replace,
    retry,
    discard,
  };
}

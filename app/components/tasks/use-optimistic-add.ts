import { useSubmit } from "@remix-run/react";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { TaskDraft } from "#app/page-data/shared-draft.ts";

/** As long as systems wait for the second half of a double click. */
const DOUBLE_PRESS_MS = 500;

interface Refused {
  /** What is in the form again. */
  returned: FormFailure | undefined;
  /** What the form had no room for. */
  waiting: FormFailure[];
}

/**
 * Sends one new task after the other without waiting for the answers. What is refused comes back: into the form when
 * that is empty, else it waits below it.
 * @param first what a press without JavaScript came back with
 * @param draft what the form starts with
 */
export function useOptimisticAdd(first: FormFailure | undefined, draft: TaskDraft | null) {
  const submit = useSubmit();
  const form = useRef<HTMLFormElement | null>(null);
  const count = useRef(0);
  const sentAt = useRef(Number.NEGATIVE_INFINITY);
  const [underWay, setUnderWay] = useState<string[]>([]);
  const [{ returned, waiting }, setRefused] = useState<Refused>({ returned: first, waiting: [] });
  const [shared, setShared] = useState(draft);
  const field = (name: string) => form.current?.querySelector<HTMLInputElement>(`[name=${name}]`);

  const dispatch = (what: HTMLFormElement | Record<string, string>) => {
    count.current += 1;
    const key = `add-${count.current}`;
    setUnderWay((keys) => [...keys, key]);
    submit(what, {
      method: "post",
      navigate: false,
      fetcherKey: key,
      flushSync: true,
      preventScrollReset: true,
    });
  };

  /** The form goes off, and is free for the next task at once. */
  const send = (sent: HTMLFormElement) => {
    form.current = sent;
    sentAt.current = performance.now();
    dispatch(sent);
    flushSync(() => {
      setRefused((refused) => ({ ...refused, returned: undefined }));
      setShared(null);
    });
    sent.reset();
    field("title")?.focus();
  };

  const end = (key: string, failure: FormFailure | undefined) => {
    setUnderWay((keys) => keys.filter((one) => one !== key));
    if (!failure) return;
    const inUse = field("title")?.value || field("description")?.value;
    // Of several at once the first one takes the form.
    setRefused((refused) =>
      inUse || refused.returned
        ? { ...refused, waiting: [...refused.waiting, failure] }
        : { ...refused, returned: failure },
    );
  };

  // The fields' new defaults become their values. What came with the page is in them already.
  useEffect(() => {
    if (returned && returned !== first) form.current?.reset();
  }, [returned, first]);

  const sendAgain = (failure: FormFailure) => {
    setRefused((refused) => ({ ...refused, waiting: refused.waiting.filter((one) => one !== failure) }));
    dispatch(failure.values);
  };

  /** The second half of a double press finds an empty form; it shall not be told so. */
  const isSecondPress = () => performance.now() - sentAt.current < DOUBLE_PRESS_MS && !field("title")?.value;

  return { underWay, returned, shared, waiting, send, end, sendAgain, isSecondPress };
}

import { useSubmit } from "@remix-run/react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useFormFailure } from "#app/components/ui/use-form-failure.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { TaskDraft } from "#app/page-data/shared-draft.ts";

interface Rejected {
  /** The failed task that is back in the form. */
  returned: FormFailure | undefined;
  /** Failed tasks that are listed below the form while it is in use. */
  waiting: FormFailure[];
}

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
  const [{ returned, waiting }, setRejected] = useState<Rejected>({ returned: pageFailure, waiting: [] });
  const [draft, setDraft] = useState(initialDraft);

  const dispatch = (content: HTMLFormElement | Record<string, string>) => {
    count.current += 1;
    const key = `add-${count.current}`;
    setPendingKeys((keys) => [...keys, key]);
    submit(content, {
      method: "post",
      navigate: false,
      fetcherKey: key,
      flushSync: true,
      preventScrollReset: true,
    });
  };

  const send = (sentForm: HTMLFormElement) => {
    dispatch(sentForm);
    // Flushed, so that a reset afterwards empties the fields.
    flushSync(() => {
      setRejected((rejected) => ({ ...rejected, returned: undefined }));
      setDraft(null);
    });
  };

  const settle = (key: string, failure: FormFailure | undefined) => {
    setPendingKeys((keys) => keys.filter((other) => other !== key));
    if (!failure) return;
    const text = (name: string) => (form.current?.elements.namedItem(name) as HTMLInputElement | null)?.value;
    const inUse = text("title") || text("description");
    // If several fail in one batch, the first one takes the form.
    setRejected((rejected) =>
      inUse || rejected.returned
        ? { ...rejected, waiting: [...rejected.waiting, failure] }
        : { ...rejected, returned: failure },
    );
  };

  // A reset turns the new default values into values. Those of the page's failure were rendered by the server.
  useEffect(() => {
    if (returned && returned !== pageFailure) form.current?.reset();
  }, [form, returned, pageFailure]);

  const retry = (failure: FormFailure) => {
    setRejected((rejected) => ({
      ...rejected,
      waiting: rejected.waiting.filter((other) => other !== failure),
    }));
    dispatch(failure.values);
  };

  return { pendingKeys, returned, draft, waiting, send, settle, retry };
}

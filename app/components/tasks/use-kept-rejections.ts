import { useEffect, useRef, useState } from "react";
import { readDraft, type SentForm, useDraftKey, writeDraft } from "#app/components/ui/drafts.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { TaskDraft } from "#app/page-data/shared-draft.ts";

export interface Rejected {
  /** The failed task that is back in the form. */
  returned: FormFailure | undefined;
  /** Failed tasks that are listed below the form while it is in use. */
  waiting: FormFailure[];
}

const hasText = ({ title, description }: Partial<TaskDraft>) => Boolean(title || description);

/** A given text has a draft of its own, so that neither replaces the other: the given text and what was typed before. */
export const draftName = (given: TaskDraft | null) => (hasText(given ?? {}) ? "given" : "new");

/**
 * Keeps rejected tasks in this tab, so that they are listed again after a reload or "Back", together with those that have
 * no answer: their session had ended, or the page was closed. The form shows either the given text or what was typed, so
 * the other one is listed too.
 */
export function useKeptRejections(
  { returned, waiting }: Rejected,
  setRejected: (update: (before: Rejected) => Rejected) => void,
  initialDraft: TaskDraft | null,
) {
  const key = useDraftKey("rejected");
  const sentKey = useDraftKey("sent");
  const [given] = useState(initialDraft);
  const otherKey = useDraftKey(draftName(given) === "new" ? "given" : "new");
  useEffect(() => {
    const failed = (message: string) => (values: SentForm) =>
      ({ failed: true, intent: "add", message, errors: {}, values, hasSecret: false }) as const;
    const unsent = (readDraft<SentForm[]>(sentKey) ?? [])
      .map<FormFailure>(failed("It may not have been added."))
      .concat([readDraft<SentForm>(otherKey) ?? {}].filter(hasText).map(failed("Not added yet.")))
      // The form shows the last task that waited for a sign-in.
      .filter(
        ({ values: { title, description } }) => title !== given?.title || description !== given?.description,
      );
    const kept = (readDraft<FormFailure[]>(key) ?? []).concat(unsent);
    writeDraft(sentKey);
    writeDraft(otherKey);
    if (kept.length > 0) setRejected((before) => ({ ...before, waiting: [...kept, ...before.waiting] }));
  }, [key, sentKey, otherKey, given, setRejected]);

  const isFirst = useRef(true);
  useEffect(() => {
    const all = returned ? [returned, ...waiting] : waiting;
    if (!isFirst.current) writeDraft(key, all.length > 0 && all);
    isFirst.current = false;
  }, [key, returned, waiting]);
}

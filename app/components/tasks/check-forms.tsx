import { useFetchers, useFormAction, useSubmit } from "@remix-run/react";
import { type FormEvent, useEffect, useState } from "react";
import { FetcherResult } from "#app/components/ui/fetcher-result.tsx";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { ListedTask } from "#app/schemas/task.ts";

/** One fetcher per task, so that several may be pending at once. */
const fetcherKey = (id: string) => `complete-${id}`;

/**
 * The checks of a list: which state each task shows, and why its last submission failed.
 * @param listPath the address of the list; another list starts without failures
 * @param onCheck receives the id of a task whose new state is submitted
 */
export function useTaskChecks(listPath: string, onCheck?: (id: number) => void) {
  const submit = useSubmit();
  const action = useFormAction();
  const fetchers = useFetchers();
  const [pendingIds, setPendingIds] = useState<string[]>([]);
  const [failures, setFailures] = useState<ReadonlyMap<string, string>>(new Map());

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the list changes.
  useEffect(() => setFailures((shown) => (shown.size > 0 ? new Map() : shown)), [listPath]);

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    if (!(submitter instanceof HTMLButtonElement)) return;
    const id = submitter.value;
    setPendingIds((ids) => [...ids.filter((other) => other !== id), id]);
    onCheck?.(Number(id));
    // The button's own address only serves browsers without JavaScript: see TaskRow.
    submit(submitter, { action, navigate: false, fetcherKey: fetcherKey(id), preventScrollReset: true });
  };

  const onSettled = (id: string, failure: FormFailure | undefined) => {
    setPendingIds((ids) => ids.filter((other) => other !== id));
    setFailures((shown) => {
      const next = new Map(shown);
      next.delete(id);
      return failure ? next.set(id, failure.message) : next;
    });
  };

  const requested = new Map(
    fetchers
      .filter(({ formData }) => formData?.get("intent") === "complete")
      .map(({ formData }) => [formData?.get("id"), formData?.get("completed") === "true"]),
  );
  return {
    /** The state that a pending submission has requested, else the state of the task. */
    isCompleted: ({ id, completed }: ListedTask) => requested.get(String(id)) ?? completed,
    failureOf: ({ id }: ListedTask) => failures.get(String(id)),
    forms: <CheckForms action={action} onSubmit={onSubmit} pendingIds={pendingIds} onSettled={onSettled} />,
  };
}

interface CheckFormsProps {
  action: string;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  pendingIds: string[];
  onSettled: (id: string, failure: FormFailure | undefined) => void;
}

/**
 * The forms of the rows' buttons, which add the task's id. A form names the state instead of toggling it, so that a
 * repeated submission is harmless.
 */
function CheckForms({ action, onSubmit, pendingIds, onSettled }: CheckFormsProps) {
  return (
    <>
      {(["complete", "reopen"] as const).map((id) => (
        <form key={id} id={id} method="post" action={action} onSubmit={onSubmit}>
          <input type="hidden" name="intent" value="complete" />
          <input type="hidden" name="completed" value={String(id === "complete")} />
        </form>
      ))}
      {pendingIds.map((id) => (
        <FetcherResult key={id} fetcherKey={fetcherKey(id)} onSettled={(failure) => onSettled(id, failure)} />
      ))}
    </>
  );
}

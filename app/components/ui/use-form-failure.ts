import { type FetcherWithComponents, useActionData } from "@remix-run/react";
import { useState } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";

type Failure = FormFailure | undefined;

interface FormIdentity {
  intent: string;
  /** The record that the form changes, where a page has one such form per record. */
  id?: string | undefined;
  fetcher?: FetcherWithComponents<unknown> | undefined;
}

/** The failure of one form: the answer to its fetcher, else the page's answer if that is for this form. */
export function useFormFailure({ intent, id, fetcher }: FormIdentity): Failure {
  // An action may also return what its page shows after a success.
  const result = useActionData<FormFailure | { failed?: undefined }>();
  const pageFailure = result?.failed ? result : undefined;
  const failedId = pageFailure?.values.id;
  const isOtherRecord = id !== undefined && failedId !== undefined && failedId !== id;
  const isOwn = pageFailure?.intent === intent && !isOtherRecord;
  return (fetcher?.data as Failure) ?? (isOwn ? pageFailure : undefined);
}

interface Submission {
  pending: boolean;
  /** The failure of an earlier submission. */
  outdated?: Failure;
  /** The failure that was displayed when the submission started. */
  visible?: Failure;
}

/**
 * Hides a failure once a later submission has succeeded. React Router keeps a fetcher's old data when the next answer
 * is a redirect. While a submission is pending, the old failure stays visible so that the layout does not jump.
 *
 * State is set during render, React's pattern for derived state: an effect would paint the outdated failure once more.
 */
export function useCurrentFailure(failure: Failure, pending: boolean): Failure {
  const [submission, setSubmission] = useState<Submission>({ pending });
  const current = failure === submission.outdated ? undefined : failure;
  if (submission.pending !== pending) {
    setSubmission(pending ? { pending, outdated: failure, visible: current } : { ...submission, pending });
  }
  return current ?? (pending ? submission.visible : undefined);
}

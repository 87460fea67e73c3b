import { useState } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";

type Failure = FormFailure | undefined;

/**
 * The failure, as long as it is about what was sent last. React Router keeps a fetcher's old answer when the next one
 * is a redirect, so what was refused and then mended would go on being complained about.
 */
export function useCurrentFailure(failure: Failure, pending: boolean): Failure {
  const [sent, setSent] = useState({ pending, outdated: undefined as Failure, shown: undefined as Failure });
  const fresh = failure === sent.outdated ? undefined : failure;
  if (sent.pending !== pending) {
    setSent(pending ? { pending, outdated: failure, shown: fresh } : { ...sent, pending });
  }
  // Until the new answer is here the old one stays in sight, so that nothing jumps.
  return fresh ?? (pending ? sent.shown : undefined);
}

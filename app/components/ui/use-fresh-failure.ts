import { useState } from "react";
import type { FormFailure } from "#app/http/form-failure.ts";

/**
 * The failure, as long as it is about what was sent last. React Router keeps a fetcher's old answer when the next one
 * is a redirect, so what was refused and then mended would go on being complained about.
 */
export function useFreshFailure(failure: FormFailure | undefined, pending: boolean) {
  const [last, setLast] = useState({ pending, outdated: undefined as FormFailure | undefined });
  if (last.pending !== pending) setLast({ pending, outdated: pending ? failure : last.outdated });
  // Until the new answer is here the old one stands, so that nothing jumps.
  return pending || failure !== last.outdated ? failure : undefined;
}

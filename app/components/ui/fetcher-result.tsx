import { useFetcher } from "@remix-run/react";
import { useEffect, useRef } from "react";
import type { FormFailure } from "#app/page-data/form-failure.ts";

interface FetcherResultProps {
  fetcherKey: string;
  onSettled: (failure: FormFailure | undefined) => void;
}

/** Reports the answer of one fetcher. A component, because hooks cannot be called in a loop. */
export function FetcherResult({ fetcherKey, onSettled }: FetcherResultProps) {
  const { state, data } = useFetcher<FormFailure>({ key: fetcherKey });
  const started = useRef(false);
  useEffect(() => {
    if (state !== "idle") started.current = true;
    else if (started.current) onSettled(data);
  }, [state, data, onSettled]);
  return null;
}

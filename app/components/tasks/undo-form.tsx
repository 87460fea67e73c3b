import { useFetcher, useLocation } from "@remix-run/react";
import { useRef, useState } from "react";
import { RESTORE_TASK } from "#app/components/ui/fetcher-keys.ts";
import { useShortcuts } from "#app/components/ui/use-shortcuts.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";

interface UndoFormProps {
  id: number;
  /** The task was marked as done; else it was deleted. */
  reopen?: boolean | undefined;
}

/** Takes the last deletion or check back. */
export function UndoForm({ id, reopen = false }: UndoFormProps) {
  const fetcher = useFetcher<FormFailure>({ key: RESTORE_TASK });
  const { pathname, search } = useLocation();
  const button = useRef<HTMLButtonElement>(null);
  // React Router keeps the failure of an earlier undo when the next one succeeds.
  const [earlier] = useState(fetcher.data);
  const failure = fetcher.data === earlier ? undefined : fetcher.data;
  const pending = fetcher.state !== "idle";
  useShortcuts({ u: () => button.current?.click() });

  return (
    <fetcher.Form
      method="post"
      action={pathname === "/dashboard" ? pathname + search : "/dashboard"}
      preventScrollReset
    >
      <input type="hidden" name="intent" value={reopen ? "complete" : "restore"} />
      {reopen && <input type="hidden" name="completed" value="false" />}
      <input type="hidden" name="id" value={id} />
      <button
        ref={button}
        type="submit"
        data-undo
        aria-disabled={pending || undefined}
        className="min-h-target rounded-control px-3 font-semibold underline underline-offset-4"
      >
        {pending ? "Undoing…" : "Undo"}
      </button>
      {failure && !pending && <p className="px-3 pb-2">{failure.message}</p>}
    </fetcher.Form>
  );
}

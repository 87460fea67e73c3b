import { lazy, Suspense, useState } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import { useShortcuts } from "./use-shortcuts.ts";

/** Few ever open it. */
const ShortcutDialog = lazy(() => import("./shortcut-dialog.tsx"));

/** Turns the dashboard's shortcuts on, and tells of them. Without JavaScript there are none. */
export function ShortcutHelp() {
  const [open, setOpen] = useState(false);
  useShortcuts();
  if (!useHydrated()) return null;

  return (
    <>
      <button
        type="button"
        data-shortcuts
        onClick={() => setOpen(true)}
        className="min-h-target text-sm text-ink-soft underline-offset-4 hover:text-ink hover:underline pointer-coarse:hidden"
      >
        Keyboard shortcuts
      </button>
      {open && (
        <Suspense>
          <ShortcutDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

import { lazy, Suspense, useState } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import { useShortcuts } from "#app/components/ui/use-shortcuts.ts";

/** Loaded when it is first opened, which is rare. */
const ShortcutDialog = lazy(() => import("./shortcut-dialog.tsx"));

/** Opens the list of shortcuts. Hidden without JavaScript, because shortcuts need it. */
export function ShortcutHelp() {
  const [open, setOpen] = useState(false);
  useShortcuts({ "?": () => setOpen(true) });
  if (!useHydrated()) return null;

  return (
    <>
      <button type="button" onClick={() => setOpen(true)} className="quiet-link pointer-coarse:hidden">
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

import { Suspense, useState } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import { lazyOptional } from "#app/components/ui/lazy-optional.ts";
import { useShortcuts } from "#app/components/ui/use-shortcuts.ts";

/** Loaded when it is first opened, which is rare. */
const ShortcutDialog = lazyOptional(() => import("./shortcut-dialog.tsx"));

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

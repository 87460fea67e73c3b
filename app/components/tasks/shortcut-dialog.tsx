import { type FormEvent, useRef } from "react";
import { Button } from "#app/components/ui/button.tsx";
import { CheckField } from "#app/components/ui/check-field.tsx";
import { Dialog } from "#app/components/ui/dialog.tsx";
import { areShortcutsEnabled, setShortcutsEnabled } from "#app/components/ui/use-shortcuts.ts";

const SHORTCUTS = [
  [["n"], "Write a new task"],
  [["/"], "Search"],
  [["j", "k"], "Next task, previous task"],
  [["x"], "Check the task off, or reopen it"],
  [["e"], "Edit the task"],
  [["⌫"], "Delete the task"],
  [["u"], "Undo a check or a deletion"],
  [["?"], "Show this list"],
] as const;

/** They print no character, so they cannot be hit by mistake and are never turned off. */
const FIXED_SHORTCUTS = [
  [["Esc"], "Go back to the list"],
  [["Ctrl+Enter", "⌘+Enter"], "Save what you're writing"],
] as const;

/** Lists the shortcuts, and turns them on or off. */
export default function ShortcutDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const toggle = ({ target }: FormEvent) => {
    if (target instanceof HTMLInputElement) setShortcutsEnabled(target.checked);
  };

  return (
    <Dialog title="Keyboard shortcuts" dialog={dialog} onClose={onClose}>
      <ShortcutList shortcuts={SHORTCUTS} />
      <div className="mt-4 border-t border-rule pt-2" onChange={toggle}>
        <CheckField label="Use these keys on this device" name="shortcuts" checked={areShortcutsEnabled()} />
      </div>
      <p className="mt-2 mb-3">These always work:</p>
      <ShortcutList shortcuts={FIXED_SHORTCUTS} />
      <p className="mt-3">
        <Button type="button" variant="quiet" onClick={() => dialog.current?.close()}>
          Close
        </Button>
      </p>
    </Dialog>
  );
}

interface ShortcutListProps {
  shortcuts: readonly (readonly [keys: readonly string[], description: string])[];
}

function ShortcutList({ shortcuts }: ShortcutListProps) {
  return (
    <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-6 gap-y-2">
      {shortcuts.map(([keys, description]) => (
        <div key={description} className="contents">
          <dt>
            {keys.map((key) => (
              <kbd
                key={key}
                className="mr-1 inline-block min-w-7 rounded-control border border-edge px-1.5 text-center font-sans"
              >
                {key}
              </kbd>
            ))}
          </dt>
          <dd>{description}</dd>
        </div>
      ))}
    </dl>
  );
}

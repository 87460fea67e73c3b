import { useFetcher } from "@remix-run/react";
import { useRef } from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { Dialog } from "#app/components/ui/dialog.tsx";
import { PASTED_LINES_MAX } from "#app/rules/limits.ts";

const LINES_SHOWN = 6;

interface PasteDialogProps {
  /** The pasted lines without blank ones. */
  lines: string[];
  submissionId: string;
  onClose: () => void;
}

/** Asks whether pasted lines become tasks. */
export default function PasteDialog({ lines, submissionId, onClose }: PasteDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const fetcher = useFetcher({ key: `lines-${submissionId}` });
  const close = () => dialog.current?.close();
  const hidden = { submission_id: submissionId, lines: lines.join("\n") };
  const rest = lines.length - LINES_SHOWN;
  const tooMany = lines.length > PASTED_LINES_MAX;

  return (
    <Dialog title={`Add ${lines.length} tasks?`} dialog={dialog} onClose={onClose}>
      <ActionForm intent="add-lines" hidden={hidden} fetcher={fetcher} onSuccess={close}>
        {({ pending }) => (
          <>
            <p>You pasted several lines. Each one becomes a task.</p>
            <ul className="min-w-0 border-y border-rule py-2">
              {lines.slice(0, LINES_SHOWN).map((line, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change.
                <li key={index} dir="auto" className="truncate">
                  {line}
                </li>
              ))}
              {rest > 0 && <li className="text-ink-soft">and {rest} more</li>}
            </ul>
            {tooMany && <p>Paste at most {PASTED_LINES_MAX} lines at a time.</p>}
            <div className="mt-2 flex flex-wrap gap-3">
              {!tooMany && (
                <Button pending={pending}>{pending ? "Adding…" : `Add ${lines.length} tasks`}</Button>
              )}
              <Button type="button" variant="quiet" onClick={close}>
                Cancel
              </Button>
            </div>
          </>
        )}
      </ActionForm>
    </Dialog>
  );
}

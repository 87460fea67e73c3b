import {
  type ClipboardEvent,
  type FormEvent,
  type KeyboardEvent,
  Suspense,
  useEffect,
  useRef,
  useState,
} from "react";
import { ActionForm } from "#app/components/ui/action-form.tsx";
import { Button } from "#app/components/ui/button.tsx";
import { readDraft, useDraftKey, writeDraft } from "#app/components/ui/drafts.ts";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { FetcherResult } from "#app/components/ui/fetcher-result.tsx";
import { lazyOptional } from "#app/components/ui/lazy-optional.ts";
import { TextField } from "#app/components/ui/text-field.tsx";
import { useShortcuts } from "#app/components/ui/use-shortcuts.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import type { TaskDraft } from "#app/page-data/shared-draft.ts";
import { DESCRIPTION_MAX, TITLE_MAX } from "#app/rules/limits.ts";
import { TASK_RULES } from "#app/rules/task-rules.ts";
import { fieldOf, useOptimisticAdd } from "./use-optimistic-add.ts";

/** Loaded when several lines are first pasted, which is rare. */
const PasteDialog = lazyOptional(() => import("./paste-dialog.tsx"));

interface QuickAddProps {
  /** Lets the server recognize a repeated submission, as opposed to two tasks with the same text. */
  submissionId: string;
  /** Text of another app, an empty draft from the app's "new task" shortcut, or text that waited for a sign-in. */
  draft?: TaskDraft | null;
  /** Puts the caret into the title: on the first visit, and after a task was added without JavaScript. */
  focused?: boolean;
  /** Moves the focus to the list, where the letters are shortcuts. */
  onLeave?: () => void;
}

/** Pasted lines until they are added or discarded. They stay in the tab: they are too long for a cookie. */
interface Paste {
  lines: string[];
  submissionId: string;
}

/** Adds tasks one after the other, without waiting for the answers. The first line of the list's sheet. */
export function QuickAdd({
  submissionId,
  draft: givenDraft = null,
  focused = false,
  onLeave,
}: QuickAddProps) {
  const form = useRef<HTMLFormElement>(null);
  const add = useOptimisticAdd(form, givenDraft);
  const { returned, draft } = add;
  const { title, description } = returned?.values ?? draft ?? {};
  const pasteKey = useDraftKey("paste");
  const [paste, setPaste] = useState<Paste>();
  useEffect(() => setPaste(readDraft(pasteKey)), [pasteKey]);
  const keepPaste = (value?: Paste) => {
    setPaste(value);
    writeDraft(pasteKey, value);
  };
  const focusTitle = () => fieldOf(form, "title")?.focus();
  const clear = () => {
    form.current?.reset();
    form.current?.querySelector("details")?.removeAttribute("open");
    focusTitle();
  };
  useShortcuts({ n: focusTitle });

  const onPaste = (event: ClipboardEvent) => {
    const lines = pastedTitles(event);
    if (lines.length < 2) return;
    event.preventDefault();
    keepPaste({ lines, submissionId });
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: handles the events of the fields inside.
    <div
      onPaste={onPaste}
      onKeyDown={(event) => isEscape(event) && onLeave?.()}
      onInput={(event: FormEvent) => add.replace(event.nativeEvent as InputEvent)}
    >
      <ActionForm
        formRef={form}
        intent="add"
        draft={add.draftName}
        label="Add a task"
        hidden={{ submission_id: returned?.values.submission_id ?? submissionId }}
        fields={TASK_RULES}
        onSubmit={add.send}
        onSuccess={clear}
        failure={returned}
      >
        {({ field }) => (
          <div>
            <div className="new-task">
              <TextField
                {...field("title", title)}
                {...((focused || draft || returned) && { autoFocus: true })}
                line
                label="New task"
                placeholder="New task"
                autoComplete="off"
                max={TITLE_MAX}
                required
              />
              <Button>Add task</Button>
            </div>
            <details open={Boolean(returned?.errors.description ?? description)} className="pl-8.5">
              <summary className="quiet-link underline">Add a description</summary>
              <div className="pb-3">
                <TextField
                  {...field("description", description)}
                  label="Description"
                  hint={`At most ${DESCRIPTION_MAX} characters.`}
                  max={DESCRIPTION_MAX}
                  rows={3}
                />
              </div>
            </details>
          </div>
        )}
      </ActionForm>
      {add.pendingKeys.map((key) => (
        <FetcherResult key={key} fetcherKey={key} onSettled={(failure) => add.settle(key, failure)} />
      ))}
      {add.waiting.map((failure) => (
        <WaitingTask
          key={`${failure.values.submission_id} ${failure.values.title}`}
          failure={failure}
          onRetry={() => {
            add.retry(failure);
            focusTitle();
          }}
          onDiscard={() => {
            add.discard(failure);
            focusTitle();
          }}
        />
      ))}
      <a href="#tasks-heading" className="skip-link">
        Skip to the list
      </a>
      {paste && (
        <Suspense>
          <PasteDialog {...paste} onClose={() => keepPaste()} />
        </Suspense>
      )}
    </div>
  );
}

interface WaitingTaskProps {
  failure: FormFailure;
  onRetry: () => void;
  onDiscard: () => void;
}

function WaitingTask({ failure, onRetry, onDiscard }: WaitingTaskProps) {
  const { title } = failure.values;
  const task = <span className="sr-only">: {title}</span>;
  return (
    <div className="mt-3 flex flex-wrap items-center gap-3">
      <FailureMessage lines={[`“${title}”: ${failure.message}`]} />
      <Button type="button" variant="quiet" onClick={onRetry}>
        Try again
        {task}
      </Button>
      <Button type="button" variant="plain" onClick={onDiscard}>
        Discard
        {task}
      </Button>
    </div>
  );
}

/** The lines of a text that is pasted into the title, without blank ones. */
function pastedTitles({ target, clipboardData }: ClipboardEvent): string[] {
  if (!(target instanceof HTMLInputElement)) return [];
  const lines = clipboardData.getData("text").split(/[\r\n]+/);
  return lines.map((line) => line.trim()).filter(Boolean);
}

/** Whether a key leaves the form, as opposed to a dialog or an input method. */
const isEscape = ({ key, nativeEvent, target }: KeyboardEvent) =>
  key === "Escape" && !nativeEvent.isComposing && !(target as Element).closest("dialog");

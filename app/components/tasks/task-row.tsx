import { memo, type ReactNode } from "react";
import { FailureMessage } from "#app/components/ui/failure-message.tsx";
import { excerptStart, splitAtMatches } from "#app/rules/search-rules.ts";
import type { ListedTask } from "#app/schemas/task.ts";

interface TaskRowProps extends Omit<ListedTask, "created_at" | "version"> {
  /** Whether the task is about to leave the list, because its new state does not belong there. */
  leaving: boolean;
  /** The task that takes its place when a check removes it from the list. */
  neighbourId: number | undefined;
  /** Whether an editor was closed with changes that are not saved. */
  unsaved: boolean;
  /** The searched text, whose matches are marked. */
  q: string;
  /** The query string of the links to the task's pages: the address to return to. */
  query: string;
  /** Of the last submission of the check. */
  failure: string | undefined;
  /** Replaces the text while the task is edited. */
  editor: ReactNode;
}

const ROW_CLASS = [undefined, "done", "leaving", "done leaving"];

/**
 * A task of the list. A page has many rows, so a row has few elements, no hooks and no handlers: TaskList handles the
 * clicks. The accessible name of a control is its label, which is on the page once, and the title.
 */
export const TaskRow = memo(function TaskRow(props: TaskRowProps) {
  const { id, title, description, completed, leaving, neighbourId, unsaved, q, query, failure, editor } =
    props;
  const titleId = `task-${id}`;
  const check = completed ? "reopen" : "complete";
  return (
    <li data-task={id} className={ROW_CLASS[Number(completed) + 2 * Number(leaving)]}>
      <button
        type="submit"
        form={check}
        name="id"
        value={id}
        // The redirect keeps the fragment, so that a page without JavaScript stands at the same place.
        formAction={neighbourId === undefined ? undefined : `#task-${neighbourId}`}
        className="check"
        aria-labelledby={`${check}-label ${titleId}`}
      />
      <p id={titleId} dir="auto" className="title" hidden={Boolean(editor)}>
        <a href={`/tasks/${id}${query}`}>{markMatches(q, title)}</a>
      </p>
      {editor}
      {!editor && description && (
        <p dir="auto" className="note">
          {markMatches(q, description)}
        </p>
      )}
      {!editor && failure && <FailureMessage lines={[failure]} />}
      {unsaved && <small role="status">Not saved yet</small>}
      {!editor && (
        <>
          {/* biome-ignore lint/a11y/useAnchorContent: named by aria-labelledby. */}
          <a href={`/tasks/${id}/edit${query}`} className="edit" aria-labelledby={`edit-label ${titleId}`} />
          {/* biome-ignore lint/a11y/useAnchorContent: named by aria-labelledby. */}
          <a
            href={`/tasks/${id}/delete${query}`}
            className="delete"
            aria-labelledby={`delete-label ${titleId}`}
          />
        </>
      )}
    </li>
  );
});

/** Marks the matches. Where only one line is shown, an ellipsis stands for the text that would hide the first one. */
function markMatches(q: string, text: string): ReactNode {
  if (!q) return text;
  const start = excerptStart(q, text);
  const parts = splitAtMatches(q, text.slice(start));
  return (
    <>
      {start > 0 && <span className="before-match">{text.slice(0, start)}</span>}
      {/* biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other identity. */}
      {parts.map((part, index) => (index % 2 ? <mark key={index}>{part}</mark> : part))}
    </>
  );
}

/** The labels of all rows' controls. Each precedes the title of a task. */
export function TaskRowLabels() {
  return (
    <p hidden>
      <span id="complete-label">Mark as done:</span>
      <span id="reopen-label">Mark as open:</span>
      <span id="edit-label">Edit:</span>
      <span id="delete-label">Delete:</span>
    </p>
  );
}

/** A task that is being added. */
export function PendingTaskRow({ title, description }: Pick<ListedTask, "title" | "description">) {
  return (
    <li>
      <span className="check opacity-60" />
      <p dir="auto" className="title">
        {title}
      </p>
      {description && (
        <p dir="auto" className="note">
          {description}
        </p>
      )}
      <small>Adding…</small>
    </li>
  );
}

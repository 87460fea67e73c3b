import { Link, useFetcher, useFetchers, useNavigate } from "@remix-run/react";
import { type MouseEvent, Suspense, useEffect, useRef, useState } from "react";
import { useHydrated } from "remix-utils/use-hydrated";
import { readDraft, useUserId } from "#app/components/ui/drafts.ts";
import { lazyOptional } from "#app/components/ui/lazy-optional.ts";
import { isPlainClick } from "#app/components/ui/plain-click.ts";
import type {
  DashboardQuery,
  ListedTask,
  ListedTaskPage,
  TaskCounts,
  TaskFilter,
} from "#app/schemas/task.ts";
import { useTaskChecks } from "./check-forms.tsx";
import { dashboardPath } from "./dashboard-path.ts";
import { EmptyList } from "./empty-list.tsx";
import { listsNewTask } from "./lists-new-task.ts";
import { NoMatches } from "./no-matches.tsx";
import { TaskEditor } from "./task-editor.tsx";
import { PendingTaskRow, TaskRow, TaskRowLabels } from "./task-row.tsx";
import { useEditedTask } from "./use-edited-task.ts";
import { useFocusKeeper } from "./use-focus-keeper.ts";
import { useLeavingTasks } from "./use-leaving-tasks.ts";
import { useReturnedFocus } from "./use-returned-focus.ts";
import { useTaskShortcuts } from "./use-task-shortcuts.ts";

const DeleteDialog = lazyOptional(() => import("./delete-dialog.tsx"));

const FILTER_WORDS: Record<TaskFilter, string> = { all: "", open: " open", done: " done" };

interface TaskListProps extends ListedTaskPage {
  show: TaskFilter;
  /** The searched text; "" without a search. */
  q: string;
  /** Of the search: the number of its matches per filter. */
  matches: TaskCounts | null;
  /** The number of all tasks of the user. */
  taskCount: number;
}

export function TaskList({ data: tasks, pagination, show, q, matches, taskCount }: TaskListProps) {
  const { page, pages, total } = pagination;
  const listPath = dashboardPath({ show, page, q });
  const [listedTasks, leave] = useLeavingTasks(tasks);
  const isUnsaved = useUnsavedChanges();
  const { shownTasks, editingId, edit, closeEditor } = useEditedTask(listedTasks, isUnsaved, listPath);
  // Before the focus keeper, which leaves a focus that is not lost.
  const heading = useFocusOnChange(`${page} ${q}`, show);
  const { section, onFocus } = useFocusKeeper(shownTasks.map(({ id }) => id));
  // Not only its id: the dialog stays open until it has closed itself, even if the task is no longer in the list.
  const [taskToDelete, setTaskToDelete] = useState<ListedTask | null>(null);
  const pendingForms = useFetchers().filter(({ formData }) => formData);
  const pendingTasks = pendingTasksOf(pendingForms, { page, show, q });
  const { isCompleted, failureOf, forms } = useTaskChecks(listPath, show === "all" ? undefined : leave);
  const navigate = useNavigate();
  const actions = {
    onEdit: edit,
    onDelete: (id: number) =>
      setTaskToDelete(tasks.find((task) => task.id === id && id !== editingId) ?? null),
  };
  useTaskShortcuts(section, actions);
  useReturnedFocus(section, editingId);

  return (
    <section ref={section} onFocus={onFocus} aria-labelledby="tasks-heading">
      <div className={q ? "search-result" : undefined}>
        <h2 id="tasks-heading" ref={heading} tabIndex={-1} className={q ? undefined : "sr-only"}>
          {`${q && total === 0 ? "No" : total}${FILTER_WORDS[show]} ${total === 1 ? "task" : "tasks"}`}
          {q && (
            <>
              {" with “"}
              <bdi>{q}</bdi>”
            </>
          )}
        </h2>
        {q && <Link to={dashboardPath({ show })}>Clear the search</Link>}
      </div>
      {forms}
      {pendingForms.map(({ key }) => (
        <PendingForm key={key} fetcherKey={key} />
      ))}
      <TaskRowLabels />
      {shownTasks.length + pendingTasks.length > 0 && (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the browser clicks a link or button that receives Enter.
        <ul className="tasks" onClick={(event) => handleClick(event, { ...actions, onOpen: navigate })}>
          {pendingTasks.map(({ key, ...task }) => (
            <PendingTaskRow key={key} {...task} />
          ))}
          {shownTasks.map((task, index) => {
            const { id, title, description } = task;
            const completed = isCompleted(task);
            const isEditing = id === editingId;
            return (
              <TaskRow
                key={id}
                id={id}
                title={title}
                description={description}
                completed={completed}
                leaving={show !== "all" && completed !== (show === "done")}
                neighbourId={
                  show === "all" ? undefined : (shownTasks[index + 1] ?? shownTasks[index - 1])?.id
                }
                unsaved={!isEditing && isUnsaved(task)}
                q={q}
                query={`?return_to=${encodeURIComponent(listPath)}`}
                failure={failureOf(task)}
                editor={isEditing && <TaskEditor task={task} listPath={listPath} onClose={closeEditor} />}
              />
            );
          })}
        </ul>
      )}
      {total + pendingTasks.length + shownTasks.length === 0 &&
        (matches ? (
          <NoMatches show={show} q={q} matches={matches} />
        ) : (
          <EmptyList show={taskCount === 0 && show === "open" ? "all" : show} />
        ))}
      {tasks.length === 0 && total > 0 && (
        <p className="py-6">
          Page {page} is empty.{" "}
          <Link to={dashboardPath({ show, q, page: pages })} className="underline underline-offset-4">
            Go to the last page
          </Link>
        </p>
      )}
      {taskToDelete && (
        <Suspense>
          <DeleteDialog
            key={taskToDelete.id}
            task={taskToDelete}
            returnTo={listPath}
            onClose={() => setTaskToDelete(null)}
          />
        </Suspense>
      )}
    </section>
  );
}

interface TaskActions {
  onEdit: (id: number) => void;
  onDelete: (id: number) => void;
  onOpen: (path: string) => void;
}

/** Edits and deletes within the list, and opens a task. Without JavaScript, the links lead to pages of their own. */
function handleClick(event: MouseEvent, { onEdit, onDelete, onOpen }: TaskActions) {
  const control = (event.target as Element).closest("button, a");
  const id = Number(control?.closest<HTMLElement>("[data-task]")?.dataset.task);
  if (control?.matches(".check")) {
    // By the second click of a double click, the button already submits the opposite state.
    if (event.detail > 1) event.preventDefault();
    return;
  }
  const path = control?.getAttribute("href");
  if (!path || !control?.matches(".edit, .delete, .title a") || !isPlainClick(event)) return;
  event.preventDefault();
  if (control.matches(".edit")) onEdit(id);
  else if (control.matches(".delete")) onDelete(id);
  else onOpen(path);
}

/** Tells which tasks have changes that an editor has kept and not saved. */
function useUnsavedChanges() {
  const userId = useUserId();
  const hydrated = useHydrated();
  return ({ id, title, description }: ListedTask) => {
    const draft = hydrated && userId ? readDraft<Record<string, string>>(`${userId} task-${id}`) : undefined;
    // The answer to a save may have been lost, so that its draft is still there.
    return (
      draft !== undefined &&
      (draft.title?.trim() !== title || draft.description?.trim() !== (description ?? ""))
    );
  };
}

/**
 * A heading that takes the focus when another page of the list, or the result of another search, is displayed. For another
 * filter it takes only a focus that was lost: the link of a notice is gone, that of the filter is not.
 */
function useFocusOnChange(content: string, filter: TaskFilter) {
  const heading = useRef<HTMLHeadingElement>(null);
  const displayed = useRef({ content, filter });
  useEffect(() => {
    const before = displayed.current;
    displayed.current = { content, filter };
    const isLost = before.filter !== filter && document.activeElement === document.body;
    if (before.content !== content || isLost) heading.current?.focus();
  }, [content, filter]);
  return heading;
}

/**
 * Keeps the fetcher of a form that may have been closed. React Router ignores the redirect of a fetcher that no component
 * uses anymore, so the list would not show the change.
 */
function PendingForm({ fetcherKey }: { fetcherKey: string }) {
  useFetcher({ key: fetcherKey });
  return null;
}

/** The tasks that are being added, newest first, without those that the page will not list. */
function pendingTasksOf(forms: ReturnType<typeof useFetchers>, query: DashboardQuery) {
  const fetchers = forms.filter(({ formData }) => formData?.get("intent") === "add");
  const tasks = fetchers.reverse().map(({ key, formData }) => ({
    key,
    title: String(formData?.get("title")),
    description: String(formData?.get("description")),
  }));
  return tasks.filter((task) => listsNewTask(query, task));
}

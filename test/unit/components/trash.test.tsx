import { act, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { TaskForm } from "#app/components/tasks/task-form.tsx";
import { TaskView } from "#app/components/tasks/task-view.tsx";
import { TrashList } from "#app/components/trash/trash-list.tsx";
import { revalidateWhenDeleted } from "#app/components/ui/form-persistence.ts";
import type { DeletedTask, DeletedTaskPage, Task } from "#app/schemas/task.ts";
import { formFailureOf, renderRoute } from "../../support/render-route.tsx";

const TIME = "2026-03-03T23:30:00.000Z";
const task = (id: number, changes: Partial<Task> = {}): Task => ({
  id,
  user_id: "5f0c4a52-9c1f-4f2e-8a55-0d7a3f1c2b90",
  title: `Task ${id}`,
  description: null,
  completed: false,
  completed_at: null,
  created_at: TIME,
  updated_at: TIME,
  version: 1,
  ...changes,
});
const deleted = (id: number): DeletedTask => ({ ...task(id), deleted_at: TIME });
const pageOf = (
  data: DeletedTask[],
  changes: Partial<DeletedTaskPage["pagination"]> = {},
): DeletedTaskPage => ({
  data,
  pagination: { page: 1, limit: 20, total: data.length, pages: 1, ...changes },
});

/** Renders the list. `load` replaces its page, as new loader data would. */
function trashOf(first: DeletedTaskPage, answer: (form: FormData) => unknown = () => null) {
  let setPage: (page: DeletedTaskPage) => void = () => {};
  function Host() {
    const [page, set] = useState(first);
    setPage = set;
    return <TrashList {...page} />;
  }
  const rendered = renderRoute(<Host />, { path: "/trash", answer: (form) => answer(form) });
  return { ...rendered, load: (page: DeletedTaskPage) => act(() => setPage(page)) };
}

describe("TrashList", () => {
  it("says when each task was deleted and when it is erased, 30 days later", () => {
    trashOf(pageOf([deleted(1)]));
    const item = screen.getByRole("listitem");
    expect(item.textContent).toContain("Deleted 3 March 2026, 23:30 UTC. Gone for good on 2 April 2026.");
    expect(within(item).getByRole("link", { name: "Task 1" }).getAttribute("href")).toBe(
      "/tasks/1?return_to=%2Ftrash",
    );
  });

  it("counts the tasks, and offers to empty only a trash that has some", () => {
    const { load } = trashOf(pageOf([deleted(1)], { total: 21, pages: 2 }));
    expect(screen.getByRole("heading").textContent).toBe("21 deleted tasks");
    expect(screen.getByRole("link", { name: "Empty trash…" }).getAttribute("href")).toBe("/trash/empty");
    load(pageOf([], { total: 0, pages: 0 }));
    expect(screen.getByRole("heading").textContent).toBe("The trash is empty.");
    expect(screen.queryByRole("link", { name: "Empty trash…" })).toBeNull();
  });

  it("restores a task, and passes the focus to the next one, then to the heading", async () => {
    const { user, sent, load } = trashOf(pageOf([deleted(2), deleted(1)]));
    const restore = (id: number) => screen.getByRole("button", { name: `Restore: Task ${id}` });
    await user.click(restore(2));
    await waitFor(() => expect(sent).toEqual([{ intent: "restore", id: "2" }]));
    load(pageOf([deleted(1)]));
    await waitFor(() => expect(document.activeElement).toBe(restore(1)));
    load(pageOf([]));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("heading")));
  });

  it("says at the task why it was not restored", async () => {
    const failure = formFailureOf("restore", { message: "Your account is full.", values: { id: "2" } });
    const { user } = trashOf(pageOf([deleted(2), deleted(1)]), () => failure);
    await user.click(screen.getByRole("button", { name: "Restore: Task 2" }));
    const alert = await screen.findByRole("alert");
    expect(alert.closest("li")?.dataset.task).toBe("2");
  });

  it("asks before a task is erased, with the focus on the button that keeps it", async () => {
    const { user, sent } = trashOf(pageOf([deleted(1)]));
    const link = screen.getByRole("link", { name: "Delete for good…: Task 1" });
    expect(link.getAttribute("href")).toBe("/tasks/1/delete?return_to=%2Ftrash");
    await user.click(link);
    const dialog = screen.getByRole("dialog", { name: "Delete this task for good?" });
    expect(document.activeElement).toBe(within(dialog).getByRole("button", { name: "Keep it" }));
    await user.keyboard("{Enter}");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(sent).toEqual([]);
    await user.click(link);
    await user.click(screen.getByRole("button", { name: "Delete for good" }));
    await waitFor(() => expect(sent).toEqual([{ intent: "erase", id: "1", return_to: "/trash" }]));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("asks before it is emptied, and names the number of tasks", async () => {
    const { user, sent } = trashOf(pageOf([deleted(2), deleted(1)], { total: 25, pages: 2 }));
    await user.click(screen.getByRole("link", { name: "Empty trash…" }));
    const dialog = screen.getByRole("dialog", { name: "Empty the trash?" });
    expect(dialog.textContent).toContain("25 tasks will be deleted for good. You can't undo this.");
    await user.click(within(dialog).getByRole("button", { name: "Empty trash" }));
    await waitFor(() => expect(sent).toEqual([{ intent: "empty" }]));
  });
});

describe("TaskView", () => {
  it("shows the requested state of the check before the answer", async () => {
    const { user, sent } = renderRoute(<TaskView task={task(1)} returnTo="/dashboard?page=2" />, {
      path: "/tasks/1",
      answer: () => new Promise(() => {}),
    });
    await user.click(screen.getByRole("button", { name: "Mark as done: Task 1" }));
    expect(await screen.findByRole("button", { name: "Mark as open: Task 1" })).toBeTruthy();
    expect(sent).toEqual([{ intent: "complete", id: "1", completed: "true" }]);
    expect(screen.getByRole("link", { name: "Back to your tasks" }).getAttribute("href")).toBe(
      "/dashboard?page=2#task-1",
    );
  });

  it("focuses the heading once a deleted task is restored", async () => {
    let restore: () => void = () => {};
    function Host() {
      const [shown, setShown] = useState<Task>(deleted(1));
      restore = () => setShown(task(1));
      return <TaskView task={shown} returnTo="/trash" />;
    }
    renderRoute(<Host />, { path: "/tasks/1" });
    expect(screen.getByText("This task was deleted.")).toBeTruthy();
    screen.getByRole("button", { name: "Restore: Task 1" }).focus();
    act(() => restore());
    expect(document.activeElement).toBe(screen.getByRole("heading", { level: 1 }));
    expect(screen.getByRole("link", { name: "Edit" })).toBeTruthy();
  });
});

describe("TaskForm", () => {
  it("restores a deleted task together with saving it", async () => {
    const { user, sent } = renderRoute(<TaskForm task={deleted(1)} returnTo="/trash" />);
    expect(screen.getByRole("status").textContent).toBe("This task was deleted.");
    await user.click(screen.getByRole("button", { name: "Restore and save" }));
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toMatchObject({ intent: "save", restore: "true", title: "Task 1" });
  });
});

describe("revalidateWhenDeleted", () => {
  it.each([
    [true, 200, undefined],
    [false, 422, formFailureOf("save", { errors: { title: ["Write what you want to do."] } })],
    [false, 503, formFailureOf("save")],
    [false, 404, formFailureOf("save")],
    [true, 404, formFailureOf("save", { errors: { task: ["This task was deleted."] } })],
  ])("returns %s after %i with %o", (expected, actionStatus, actionResult) => {
    expect(revalidateWhenDeleted({ actionStatus, actionResult })).toBe(expected);
  });
});

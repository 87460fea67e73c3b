import { act, renderHook, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { redirect } from "react-router-dom";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { QuickAdd } from "#app/components/tasks/quick-add.tsx";
import { TaskList } from "#app/components/tasks/task-list.tsx";
import { UndoForm } from "#app/components/tasks/undo-form.tsx";
import { useLeavingTasks } from "#app/components/tasks/use-leaving-tasks.ts";
import type { ListedTask, ListedTaskPage, TaskFilter } from "#app/schemas/task.ts";
import { formFailureOf, renderRoute } from "../../support/render-route.tsx";

const task = (id: number, changes: Partial<ListedTask> = {}): ListedTask => ({
  id,
  title: `Task ${id}`,
  description: null,
  completed: false,
  created_at: "2026-03-03T23:30:00.000Z",
  version: 1,
  ...changes,
});

const pageOf = (data: ListedTask[], changes: Partial<ListedTaskPage["pagination"]> = {}): ListedTaskPage => ({
  data,
  pagination: { page: 1, limit: 20, total: data.length, pages: data.length > 0 ? 1 : 0, ...changes },
});

/** Renders the list. `load` replaces its page, as new loader data would. */
function listOf(
  first: ListedTaskPage,
  filter: TaskFilter = "all",
  answer: (form: FormData) => unknown = () => null,
  taskCount = 1,
) {
  let setPage: (page: ListedTaskPage) => void = () => {};
  function Host() {
    const [page, set] = useState(first);
    setPage = set;
    return <TaskList {...page} show={filter} q="" matches={null} taskCount={taskCount} />;
  }
  const rendered = renderRoute(<Host />, { path: "/dashboard?page=2", answer: (form) => answer(form) });
  return { ...rendered, load: (page: ListedTaskPage) => act(() => setPage(page)) };
}

describe("TaskList", () => {
  it("displays title and description of a task, and no date", () => {
    listOf(pageOf([task(1, { title: "مراجعة", description: "First line" })]));
    const item = screen.getByRole("listitem");
    expect(
      within(item)
        .getAllByText("مراجعة")
        .every((text) => text.closest("[dir=auto], bdi")),
    ).toBe(true);
    expect(within(item).getByText("First line")).toBeTruthy();
    expect(item.querySelector("time")).toBeNull();
  });

  it.each([
    ["all", 0, /A clean page/],
    ["open", 0, /A clean page/],
    ["open", 3, /Nothing open/],
    ["done", 3, /Nothing done yet/],
  ] as const)("explains an empty list (filter: %s, %i tasks)", (filter, taskCount, words) => {
    listOf(pageOf([]), filter, () => null, taskCount);
    expect(screen.getByText(words)).toBeTruthy();
  });

  it("links to the last page from a page beyond it", () => {
    listOf(pageOf([], { page: 9, total: 25, pages: 2 }), "open");
    expect(screen.getByRole("heading").textContent).toBe("25 open tasks");
    expect(screen.getByRole("link", { name: "Go to the last page" }).getAttribute("href")).toBe(
      "/dashboard?page=2",
    );
  });

  it("links to the pages of a task with its own address to return to", () => {
    listOf(pageOf([task(5)], { page: 2, total: 21, pages: 2 }));
    const back = "?return_to=%2Fdashboard%3Fpage%3D2%26show%3Dall";
    expect(screen.getByRole("link", { name: /^Edit ?: Task 5$/ }).getAttribute("href")).toBe(
      `/tasks/5/edit${back}`,
    );
    expect(screen.getByRole("link", { name: "Task 5" }).getAttribute("href")).toBe(`/tasks/5${back}`);
    expect(screen.getByRole("link", { name: /^Delete ?: Task 5$/ }).getAttribute("href")).toBe(
      `/tasks/5/delete${back}`,
    );
  });

  it("opens the page of a task by its title, and leaves a click with Control to the browser", async () => {
    const { user, router } = listOf(pageOf([task(5)]));
    await user.keyboard("{Control>}");
    await user.click(screen.getByRole("link", { name: "Task 5" }));
    await user.keyboard("{/Control}");
    expect(router.state.location.pathname).toBe("/dashboard");
    await user.click(screen.getByRole("link", { name: "Task 5" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/tasks/5"));
    expect(router.state.location.search).toBe("?return_to=%2Fdashboard%3Fshow%3Dall");
    expect(screen.queryByLabelText("Title")).toBeNull();
  });

  it("focuses its heading when another page is displayed", async () => {
    const { load } = listOf(pageOf([task(1)], { page: 1, total: 21, pages: 2 }));
    load(pageOf([task(2)], { page: 2, total: 21, pages: 2 }));
    expect(document.activeElement).toBe(screen.getByRole("heading"));
  });
});

describe("TaskCheck", () => {
  it("submits the requested state and displays it before the answer", async () => {
    const { user, sent } = listOf(pageOf([task(1)]), "all", () => new Promise(() => {}));
    await user.click(screen.getByRole("button", { name: /Mark as done/ }));
    expect(await screen.findByRole("button", { name: /Mark as open/ })).toBeTruthy();
    await waitFor(() => expect(sent).toEqual([{ intent: "complete", id: "1", completed: "true" }]));
  });

  it("submits a double click once", async () => {
    const { user, sent } = listOf(pageOf([task(1)]));
    await user.dblClick(screen.getByRole("button", { name: /Mark as done/ }));
    expect(sent).toEqual([{ intent: "complete", id: "1", completed: "true" }]);
  });

  it("displays the old state and the message after a failure", async () => {
    const failure = formFailureOf("complete", { message: "That was a lot in one minute." });
    const { user } = listOf(pageOf([task(1, { completed: true })]), "all", () => failure);
    await user.click(screen.getByRole("button", { name: /Mark as open/ }));
    expect((await screen.findByRole("alert")).textContent).toBe("That was a lot in one minute.");
    expect(screen.getByRole("button", { name: /Mark as open/ })).toBeTruthy();
  });

  it("passes the focus to the next task, then to the heading, when the checked task leaves the list", async () => {
    const { user, load } = listOf(pageOf([task(1), task(2), task(3)]), "open");
    await user.click(screen.getByRole("button", { name: /Task 2/ }));
    load(pageOf([task(1), task(3)]));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: /Task 3/ })));
    load(pageOf([task(1)]));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: /Task 1/ })));
    load(pageOf([]));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("heading")));
  });
});

describe("DeleteDialog", () => {
  it("focuses the button that keeps the task", async () => {
    const { user, sent } = listOf(pageOf([task(1), task(2)]));
    await user.click(screen.getByRole("link", { name: /^Delete ?: Task 1$/ }));
    const dialog = await screen.findByRole("dialog", { name: "Delete this task?" });
    expect(document.activeElement).toBe(within(dialog).getByRole("button", { name: "Keep it" }));
    await user.keyboard("{Enter}");
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(sent).toEqual([]);
  });

  it("submits a double click on Delete once and closes", async () => {
    const { user, sent } = listOf(pageOf([task(1), task(2)]));
    await user.click(screen.getByRole("link", { name: /^Delete ?: Task 1$/ }));
    await user.dblClick(await screen.findByRole("button", { name: "Delete task" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(sent).toEqual([{ intent: "delete", id: "1", return_to: "/dashboard?show=all" }]);
  });

  it("stays open and focuses the message after a failure", async () => {
    const failure = formFailureOf("delete", { message: "That was a lot in one minute." });
    const { user } = listOf(pageOf([task(1)]), "all", () => failure);
    await user.click(screen.getByRole("link", { name: /^Delete ?: Task 1$/ }));
    await user.click(await screen.findByRole("button", { name: "Delete task" }));
    const alert = await screen.findByRole("alert");
    expect(screen.getByRole("dialog").contains(alert)).toBe(true);
    await waitFor(() => expect(document.activeElement).toBe(alert));
  });

  it("does not open on a click with Control, which opens a new tab", async () => {
    const { user } = listOf(pageOf([task(1)]));
    await user.keyboard("{Control>}");
    await user.click(screen.getByRole("link", { name: /^Delete ?: Task 1$/ }));
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

describe("TaskEditor", () => {
  const edit = () => screen.getByRole("link", { name: /^Edit ?: Task 1$/ });
  const title = () => screen.getByLabelText<HTMLInputElement>("Title");

  it("focuses the title, saves, and returns the focus to the edit link", async () => {
    const { user, sent } = listOf(pageOf([task(1, { description: "Oat" }), task(2)]));
    await user.click(edit());
    expect(document.activeElement).toBe(title());
    expect(screen.getByLabelText("Description")).toHaveProperty("value", "Oat");
    await user.clear(title());
    await user.type(title(), "Task one{Enter}");
    await waitFor(() => expect(screen.queryByLabelText("Title")).toBeNull());
    const opened = { version: "1", base_title: "Task 1", base_description: "Oat", base_completed: "false" };
    expect(sent).toEqual([{ intent: "save", id: "1", ...opened, title: "Task one", description: "Oat" }]);
    await waitFor(() => expect(document.activeElement).toBe(edit()));
  });

  it("closes on Escape and Cancel without submitting", async () => {
    const { user, sent } = listOf(pageOf([task(1)]));
    for (const leave of [() => user.keyboard("{Escape}"), () => user.click(screen.getByText("Cancel"))]) {
      await user.click(edit());
      await user.type(title(), "Never mind");
      await leave();
      expect(screen.queryByLabelText("Title")).toBeNull();
      expect(document.activeElement).toBe(edit());
    }
    expect(sent).toEqual([]);
  });

  it("stays open with its input after a failure", async () => {
    const failure = formFailureOf("save", { message: "That was a lot in one minute." });
    const { user } = listOf(pageOf([task(1)]), "all", () => failure);
    await user.click(edit());
    await user.type(title(), ", and more{Enter}");
    await screen.findByText("That was a lot in one minute.");
    expect(title().value).toBe("Task 1, and more");
  });

  it("does not take the focus back after a failure if the reader has moved it", async () => {
    let answer: (value: unknown) => void = () => {};
    const { user } = listOf(
      pageOf([task(1), task(2)]),
      "all",
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    await user.click(edit());
    await user.keyboard("{Enter}");
    const elsewhere = screen.getByRole("button", { name: /Task 2/ });
    elsewhere.focus();
    answer(formFailureOf("save", { message: "That was a lot in one minute." }));
    await screen.findByText("That was a lot in one minute.");
    expect(document.activeElement).toBe(elsewhere);
  });

  it("displays the error of a blank title without submitting", async () => {
    const { user, sent } = listOf(pageOf([task(1)]));
    await user.click(edit());
    await user.clear(title());
    await user.keyboard("{Enter}");
    await screen.findByText("Write what you want to do.");
    expect(sent).toEqual([]);
  });
});

describe("TaskEditor and DeleteDialog", () => {
  it("Delete… in the editor opens the page of the deletion, and no dialog", async () => {
    const { user, router } = listOf(pageOf([task(1)]));
    await user.click(screen.getByRole("link", { name: /^Edit ?: Task 1$/ }));
    await user.click(screen.getByRole("link", { name: "Delete…" }));
    await waitFor(() => expect(router.state.location.pathname).toBe("/tasks/1/delete"));
    expect(router.state.location.search).toBe("?return_to=%2Fdashboard%3Fshow%3Dall");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

describe("useLeavingTasks", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ["from the top", [1, 3]],
    ["from the bottom", [3, 1]],
    ["side by side, from the top", [1, 2]],
    ["side by side, from the bottom", [2, 1]],
  ])("keeps the order of the rows while two tasks leave, %s", (_, ids) => {
    let tasks = [task(1), task(2), task(3), task(4)];
    const { result, rerender } = renderHook(() => useLeavingTasks(tasks));
    const shownIds = () => result.current[0].map(({ id }) => id);
    for (const id of ids) {
      act(() => result.current[1](id));
      tasks = tasks.filter((other) => other.id !== id);
      rerender();
      expect(shownIds()).toEqual([1, 2, 3, 4]);
    }
    act(() => vi.runAllTimers());
    expect(shownIds()).toEqual(tasks.map(({ id }) => id));
  });
});

describe("UndoForm", () => {
  it("submits the deleted id, and the list focuses the task once it is restored", async () => {
    function Host() {
      const [tasks, setTasks] = useState([task(1), task(3)]);
      return (
        <>
          <UndoForm id={2} />
          <button type="button" onClick={() => setTasks([task(1), task(2), task(3)])}>
            load
          </button>
          <TaskList {...pageOf(tasks)} show="all" q="" matches={null} taskCount={3} />
        </>
      );
    }
    const { user, sent } = renderRoute(<Host />, { path: "/dashboard" });
    await user.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(sent).toEqual([{ intent: "restore", id: "2" }]));
    screen.getByText("load").click();
    (document.activeElement as HTMLElement).blur();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("button", { name: /Task 2/ })));
  });

  it("displays the message of a failure and allows a retry", async () => {
    const { user } = renderRoute(<UndoForm id={2} />, {
      path: "/dashboard",
      answer: () => formFailureOf("restore", { message: "Task not found." }),
    });
    await user.click(screen.getByRole("button", { name: "Undo" }));
    expect(await screen.findByText("Task not found.")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Undo" })).toBeTruthy();
  });

  it("does not display the failure of an earlier undo", async () => {
    const list = <TaskList {...pageOf([task(1)])} show="all" q="" matches={null} taskCount={1} />;
    function Host() {
      const [deleted, setDeleted] = useState(2);
      return (
        <>
          <UndoForm key={deleted} id={deleted} />
          <button type="button" onClick={() => setDeleted(3)}>
            delete another
          </button>
          {list}
        </>
      );
    }
    const answers = [formFailureOf("restore", { message: "Can't reach Tock." }), redirect("/dashboard")];
    const { user, sent } = renderRoute(<Host />, {
      path: "/dashboard",
      answer: () => answers[sent.length - 1],
    });
    const undo = () => user.click(screen.getByRole("button", { name: "Undo" }));
    await undo();
    await screen.findByText("Can't reach Tock.");
    await undo();
    await waitFor(() => expect(sent).toHaveLength(2));
    await screen.findByRole("button", { name: "Undo" });
    await user.click(screen.getByText("delete another"));
    expect(screen.queryByText("Can't reach Tock.")).toBeNull();
  });
});

describe("QuickAdd and TaskList", () => {
  function Host({ page }: { page: ListedTaskPage }) {
    return (
      <>
        <QuickAdd submissionId="m1" />
        <TaskList {...page} show="all" q="" matches={null} taskCount={1} />
      </>
    );
  }

  it("display a task that is being added on the first page", async () => {
    const { user } = renderRoute(<Host page={pageOf([task(1)])} />, { answer: () => new Promise(() => {}) });
    await user.type(screen.getByLabelText("New task"), "Buy milk{Enter}");
    const [first] = await screen.findAllByRole("listitem");
    expect(first?.textContent).toContain("Buy milk");
    expect(first?.textContent).toContain("Adding");
  });

  it("do not display a task that is being added on a later page", async () => {
    const elsewhere = pageOf([task(1)], { page: 2, total: 21, pages: 2 });
    const { user, sent } = renderRoute(<Host page={elsewhere} />, { answer: () => new Promise(() => {}) });
    await user.type(screen.getByLabelText("New task"), "Buy milk{Enter}");
    await waitFor(() => expect(sent).toHaveLength(1));
    expect(screen.getAllByRole("listitem")).toHaveLength(1);
  });
});

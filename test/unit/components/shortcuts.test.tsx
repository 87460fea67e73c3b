import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FilterNav } from "#app/components/tasks/filter-nav.tsx";
import { QuickAdd } from "#app/components/tasks/quick-add.tsx";
import { SearchForm } from "#app/components/tasks/search-form.tsx";
import { ShortcutHelp } from "#app/components/tasks/shortcut-help.tsx";
import { TaskList } from "#app/components/tasks/task-list.tsx";
import { UndoForm } from "#app/components/tasks/undo-form.tsx";
import { setShortcutsEnabled } from "#app/components/ui/use-shortcuts.ts";
import type { ListedTask } from "#app/schemas/task.ts";
import { renderRoute } from "../../support/render-route.tsx";

afterEach(() => {
  vi.restoreAllMocks();
  setShortcutsEnabled(true);
});

const task = (id: number): ListedTask => ({
  id,
  title: `Task ${id}`,
  description: null,
  completed: false,
  created_at: "2026-03-03T23:30:00.000Z",
  version: 1,
});

/** The parts of the dashboard that have shortcuts, with two tasks and an undo button. */
function renderDashboard() {
  return renderRoute(
    <>
      <UndoForm id={7} />
      <QuickAdd submissionId="m1" />
      <FilterNav show="open" q="" counts={{ all: 2, open: 2, done: 0 }} />
      <SearchForm show="open" q="" />
      <TaskList
        data={[task(1), task(2)]}
        pagination={{ page: 1, limit: 20, total: 2, pages: 1 }}
        show="open"
        q=""
        matches={null}
        taskCount={2}
      />
      <ShortcutHelp />
    </>,
    { path: "/dashboard" },
  );
}

const checkOf = (id: number) => screen.getByRole("button", { name: `Mark as done: Task ${id}` });
const blur = () => (document.activeElement as HTMLElement).blur();

describe("shortcuts", () => {
  it("j and k move between the tasks and stop at both ends", async () => {
    const { user } = renderDashboard();
    for (const [key, id] of [
      ["j", 1],
      ["j", 2],
      ["j", 2],
      ["k", 1],
      ["k", 1],
    ] as const) {
      await user.keyboard(key);
      expect(document.activeElement).toBe(checkOf(id));
    }
  });

  it("x, e, Backspace and Delete do nothing while no task has the focus", async () => {
    const { user, sent } = renderDashboard();
    await user.keyboard("xe{Backspace}{Delete}");
    expect(sent).toEqual([]);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.queryByLabelText("Title")).toBeNull();
  });

  it("x checks the focused task", async () => {
    const { user, sent } = renderDashboard();
    await user.keyboard("jjx");
    await waitFor(() => expect(sent).toEqual([{ intent: "complete", id: "2", completed: "true" }]));
  });

  it("e edits the focused task", async () => {
    const { user } = renderDashboard();
    await user.keyboard("jje");
    const title = screen.getByLabelText<HTMLInputElement>("Title");
    expect(document.activeElement).toBe(title);
    expect(title.value).toBe("Task 2");
  });

  it.each(["Backspace", "Delete"])("%s asks before it deletes the focused task", async (key) => {
    const { user, sent } = renderDashboard();
    await user.keyboard(`jj{${key}}`);
    const dialog = await screen.findByRole("dialog", { name: "Delete this task?" });
    expect(within(dialog).getByText("Task 2")).toBeTruthy();
    expect(sent).toEqual([]);
  });

  it("Delete does nothing on a button of a task that is being edited", async () => {
    const { user } = renderDashboard();
    await user.keyboard("je");
    screen.getByRole("button", { name: "Cancel" }).focus();
    await user.keyboard("{Delete}");
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("u restores the task that was deleted last", async () => {
    const { user, sent } = renderDashboard();
    await user.keyboard("u");
    await waitFor(() => expect(sent).toEqual([{ intent: "restore", id: "7" }]));
  });

  it("n moves to the new task, / to the search, and both are characters in a text field", async () => {
    const { user, sent } = renderDashboard();
    await user.keyboard("/");
    expect(document.activeElement).toBe(screen.getByRole("searchbox", { name: "Search tasks" }));
    await user.keyboard("n/");
    expect(document.activeElement).toHaveProperty("value", "n/");
    blur();
    await user.keyboard("n");
    const title = screen.getByLabelText<HTMLInputElement>("New task");
    expect(document.activeElement).toBe(title);
    expect(title.value).toBe("");
    await user.keyboard("next: jukebox? /u");
    expect(title.value).toBe("next: jukebox? /u");
    expect(sent).toEqual([]);
  });

  it("work and can be turned off where the browser denies storage", async () => {
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    });
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    });
    const { user } = renderDashboard();
    await user.keyboard("j");
    expect(document.activeElement).toBe(checkOf(1));
    await user.keyboard("?");
    await user.click(await screen.findByLabelText("Use these keys on this device"));
    await user.click(screen.getByRole("button", { name: "Close" }));
    blur();
    await user.keyboard("j");
    expect(document.activeElement).toBe(document.body);
  });

  it("ignore keys with Control, Alt or Meta", async () => {
    const { user } = renderDashboard();
    await user.keyboard("{Control>}n{/Control}{Alt>}n{/Alt}{Meta>}n{/Meta}");
    expect(document.activeElement).toBe(document.body);
  });

  it("? lists the shortcuts in a dialog that turns them off and on again", async () => {
    const { user } = renderDashboard();
    await user.keyboard("?");
    const dialog = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    const listed = within(dialog)
      .getAllByRole("term")
      .map((keys) => [keys.textContent, keys.nextElementSibling?.textContent]);
    expect(listed).toContainEqual(["u", "Undo a check or a deletion"]);
    expect(listed).toContainEqual(["Esc", "Go back to the list"]);
    expect(listed).toContainEqual(["Ctrl+Enter⌘+Enter", "Save what you're writing"]);
    await user.keyboard("j");
    expect(dialog.contains(document.activeElement)).toBe(true);
    await user.click(screen.getByLabelText("Use these keys on this device"));
    await user.click(screen.getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    blur();
    await user.keyboard("j");
    expect(document.activeElement).toBe(document.body);

    await user.click(screen.getByRole("button", { name: "Keyboard shortcuts" }));
    await user.click(await screen.findByLabelText("Use these keys on this device"));
    await user.click(screen.getByRole("button", { name: "Close" }));
    await user.keyboard("j");
    expect(document.activeElement).toBe(checkOf(1));
  });
});

import { screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ShortcutHelp } from "#app/components/tasks/shortcut-help.tsx";
import { setShortcutsEnabled } from "#app/components/tasks/use-shortcuts.ts";
import { renderRoute } from "../../support/render-route.tsx";

afterEach(() => {
  vi.restoreAllMocks();
  setShortcutsEnabled(true);
});

/** A page with everything that a shortcut reaches for; what is pressed is told. */
function page() {
  const pressed: string[] = [];
  const press = (what: string) => () => pressed.push(what);
  const row = (id: number) => (
    <li data-task={id}>
      <button type="button" data-check onClick={press(`check ${id}`)}>{`Check ${id}`}</button>
      <button type="button" data-edit onClick={press(`edit ${id}`)}>{`Edit ${id}`}</button>
      <button type="button" data-delete onClick={press(`delete ${id}`)}>{`Delete ${id}`}</button>
    </li>
  );
  const shown = renderRoute(
    <>
      <input name="title" aria-label="New task" />
      <button type="button" data-filter aria-current="page">
        Open
      </button>
      <button type="button" data-undo onClick={press("undo")}>
        Undo
      </button>
      <ul>
        {row(1)}
        {row(2)}
      </ul>
      <ShortcutHelp />
    </>,
  );
  return { ...shown, pressed };
}
const held = () => document.activeElement?.textContent;

describe("shortcuts", () => {
  it("walk through the tasks, and stop at the ends", async () => {
    const { user } = page();
    const walk: (string | null | undefined)[] = [];
    for (const key of ["j", "j", "j", "k", "k"]) {
      await user.keyboard(key);
      walk.push(held());
    }
    expect(walk).toEqual(["Check 1", "Check 2", "Check 2", "Check 1", "Check 1"]);
  });

  it("work on the task that has the focus, and on none else", async () => {
    const { user, pressed } = page();
    await user.keyboard("xe{Backspace}");
    expect(pressed).toEqual([]);
    await user.keyboard("jjxe{Backspace}{Delete}u");
    expect(pressed).toEqual(["check 2", "edit 2", "delete 2", "delete 2", "undo"]);
  });

  it("reach the new task and the filter, and never take a key from somebody who types", async () => {
    const { user, pressed } = page();
    await user.keyboard("/");
    expect(held()).toBe("Open");
    await user.keyboard("n");
    const title = screen.getByLabelText<HTMLInputElement>("New task");
    expect(document.activeElement).toBe(title);
    expect(title.value).toBe("");
    await user.keyboard("next: jukebox? /u");
    expect(title.value).toBe("next: jukebox? /u");
    expect(pressed).toEqual([]);
  });

  it("work, and can be read about, where the browser keeps nothing for this site", async () => {
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    });
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    });
    const { user } = page();
    await user.keyboard("j");
    expect(held()).toBe("Check 1");
    await user.keyboard("?");
    await user.click(await screen.findByLabelText("Use these keys on this device"));
    await user.click(screen.getByRole("button", { name: "Close" }));
    (document.activeElement as HTMLElement).blur();
    await user.keyboard("j");
    expect(document.activeElement).toBe(document.body);
  });

  it("leave keys with Control, Alt or Meta to the browser", async () => {
    const { user } = page();
    await user.keyboard("{Control>}n{/Control}{Alt>}n{/Alt}{Meta>}n{/Meta}");
    expect(document.activeElement).toBe(document.body);
  });

  it("are told by ?, and can be turned off and on again", async () => {
    const { user } = page();
    await user.keyboard("?");
    const dialog = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    await user.keyboard("j");
    expect(dialog.contains(document.activeElement)).toBe(true);
    await user.click(screen.getByLabelText("Use these keys on this device"));
    await user.click(screen.getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    (document.activeElement as HTMLElement).blur();
    await user.keyboard("j");
    expect(document.activeElement).toBe(document.body);

    await user.click(screen.getByRole("button", { name: "Keyboard shortcuts" }));
    await user.click(await screen.findByLabelText("Use these keys on this device"));
    await user.click(screen.getByRole("button", { name: "Close" }));
    await user.keyboard("j");
    expect(held()).toBe("Check 1");
  });
});

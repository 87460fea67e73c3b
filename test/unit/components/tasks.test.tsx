import { act, screen, waitFor, within } from "@testing-library/react";
import { redirect } from "react-router-dom";
import { describe, expect, it } from "vitest";
import { dashboardPath } from "#app/components/tasks/dashboard-path.ts";
import { DeleteForm } from "#app/components/tasks/delete-form.tsx";
import { FilterNav } from "#app/components/tasks/filter-nav.tsx";
import { Pagination } from "#app/components/tasks/pagination.tsx";
import { QuickAdd } from "#app/components/tasks/quick-add.tsx";
import { TaskForm } from "#app/components/tasks/task-form.tsx";
import { formFailureOf, renderRoute } from "../../support/render-route.tsx";

describe("dashboardAddress", () => {
  it("leaves out what goes without saying", () => {
    expect(dashboardPath("all")).toBe("/dashboard");
    expect(dashboardPath("open", 1)).toBe("/dashboard?show=open");
    expect(dashboardPath("done", 3)).toBe("/dashboard?page=3&show=done");
  });
});

describe("quick add", () => {
  const title = () => screen.getByLabelText<HTMLInputElement>("New task");
  const add = () => screen.getByRole("button", { name: "Add task" });
  const refused = (words: string, rest = {}) =>
    formFailureOf("add", {
      message: "The database does not answer.",
      values: { intent: "add", mark: "m1", title: words },
      ...rest,
    });
  /** user-event does not see a reset and would type on after the old text. */
  const write = async (user: ReturnType<typeof renderRoute>["user"], words: string) => {
    await user.clear(title());
    await user.type(title(), words);
  };

  it("adds one task per double press, empties the field and stays in it", async () => {
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />);
    await user.type(title(), "Buy milk");
    await user.dblClick(add());

    expect(title().value).toBe("");
    await waitFor(() =>
      expect(sent).toEqual([{ intent: "add", mark: "m1", title: "Buy milk", description: "" }]),
    );
    expect(document.activeElement).toBe(title());
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("adds task after task with Enter, and waits for no answer", async () => {
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />, {
      answer: () => new Promise(() => {}),
    });
    for (const words of ["One", "Two", "Three"]) await write(user, `${words}{Enter}`);
    await waitFor(() => expect(sent.map((form) => form.title)).toEqual(["One", "Two", "Three"]));
    expect(title().value).toBe("");
  });

  it("gives a refused task back to its field, with the mark that it was sent under", async () => {
    const answers = [refused("Buy milk"), redirect("/")];
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />, {
      answer: () => answers.shift(),
    });
    await user.type(title(), "Buy milk{Enter}");
    await waitFor(() => expect(title().value).toBe("Buy milk"));
    expect(screen.getByRole("alert").textContent).toBe("The database does not answer.");

    await user.click(add());
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toEqual(sent[0]);
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(title().value).toBe("");
  });

  /** One task is sent; its answer comes when the test gives it. */
  const sendOne = async () => {
    const answers: ((value: unknown) => void)[] = [];
    const shown = renderRoute(<QuickAdd submissionId="m1" />, {
      answer: () => new Promise((resolve) => answers.push(resolve)),
    });
    await shown.user.type(title(), "One{Enter}");
    await waitFor(() => expect(shown.sent).toHaveLength(1));
    return { ...shown, answer: (value: unknown) => answers[0]?.(value) };
  };

  it("keeps a refused task below while the next one is being written, and sends it again", async () => {
    const { user, sent, answer } = await sendOne();
    await write(user, "Two");
    answer(refused("One"));
    expect((await screen.findByRole("alert")).textContent).toBe(
      "“One” was not added. The database does not answer.",
    );
    expect(title().value).toBe("Two");

    await user.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toMatchObject({ title: "One", mark: "m1" });
    expect(screen.queryByRole("alert")).toBeNull();
    expect(title().value).toBe("Two");
  });

  it("gives back all of several that are refused at once", async () => {
    const answers: ((value: unknown) => void)[] = [];
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />, {
      answer: () => new Promise((resolve) => answers.push(resolve)),
    });
    await write(user, "One{Enter}");
    await write(user, "Two{Enter}");
    await waitFor(() => expect(sent).toHaveLength(2));
    await act(async () => {
      answers[0]?.(refused("One"));
      answers[1]?.(refused("Two"));
    });
    await waitFor(() => expect(title().value).toBe("One"));
    expect(await screen.findByText(/^“Two” was not added/)).toBeTruthy();
  });

  it("leaves a description alone that is being written when a task is refused", async () => {
    const { user, answer } = await sendOne();
    const description = screen.getByLabelText<HTMLTextAreaElement>("Description");
    await user.type(description, "Half a thou");
    answer(refused("One"));
    expect(await screen.findByText(/^“One” was not added/)).toBeTruthy();
    expect(description.value).toBe("Half a thou");
  });

  it("says what a title needs before it is sent", async () => {
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />);
    await user.type(title(), "  {Enter}");

    await screen.findByText(/^Title is required/);
    expect(document.activeElement).toBe(title());
    expect(sent).toEqual([]);
    expect(title().getAttribute("aria-invalid")).toBe("true");
  });

  it("opens the description when that is what was refused", () => {
    const failed = formFailureOf("add", {
      errors: { description: ["Description can be at most 1000 characters long."] },
      values: { title: "Buy milk", description: "…" },
    });
    const { container } = renderRoute(<QuickAdd submissionId="m1" />, { failure: failed });
    expect(container.querySelector("details")?.open).toBe(true);
    expect(title().value).toBe("Buy milk");
  });
});

describe("the task form", () => {
  const task = { title: "Buy milk", description: null, completed: true };

  it("starts from the task and sends the way back along", async () => {
    const { user, sent } = renderRoute(<TaskForm task={task} returnTo="/dashboard?page=2" />);
    await user.click(screen.getByLabelText("Done"));
    await user.type(screen.getByLabelText("Description"), "Oat");
    await user.click(screen.getByRole("button", { name: "Save task" }));
    expect(sent).toEqual([
      { intent: "save", return_to: "/dashboard?page=2", title: "Buy milk", description: "Oat" },
    ]);
    expect(screen.getByRole("link", { name: "Cancel" }).getAttribute("href")).toBe("/dashboard?page=2");
  });

  it("keeps an unchecked box unchecked after a failure", () => {
    const refused = formFailureOf("save", {
      errors: { title: ["Title is required."] },
      values: { title: "" },
    });
    renderRoute(<TaskForm task={task} returnTo="/dashboard" />, { failure: refused });
    expect(screen.getByLabelText("Done")).toHaveProperty("checked", false);
    expect(screen.getByLabelText("Title")).toHaveProperty("value", "");
  });
});

describe("the delete form", () => {
  it("names the task and offers the way out first", async () => {
    const keep = <a href="/dashboard">Keep it</a>;
    const { user, sent } = renderRoute(
      <DeleteForm task={{ id: 7, title: "Buy milk" }} returnTo="/dashboard" cancel={keep} />,
    );
    expect(screen.getByText("Buy milk").getAttribute("dir")).toBe("auto");
    await user.tab();
    expect(document.activeElement).toBe(screen.getByRole("link", { name: "Keep it" }));
    await user.click(screen.getByRole("button", { name: "Delete task" }));
    expect(sent).toEqual([{ intent: "delete", id: "7", return_to: "/dashboard" }]);
  });
});

describe("filter and pages", () => {
  it("marks the filter that is on, and says how many there are of each", () => {
    renderRoute(<FilterNav show="open" counts={{ all: 12, open: 9, done: 3 }} />);
    const links = within(screen.getByRole("navigation", { name: "Which tasks" })).getAllByRole("link");
    expect(links.map((link) => [link.getAttribute("href"), link.getAttribute("aria-current")])).toEqual([
      ["/dashboard", null],
      ["/dashboard?show=open", "page"],
      ["/dashboard?show=done", null],
    ]);
    expect(links.map((link) => link.textContent)).toEqual(["All 12", "Open 9", "Done 3"]);
  });

  it("leads to the pages before and after, within the filter", () => {
    renderRoute(<Pagination page={2} pages={3} show="done" />);
    expect(screen.getByRole("link", { name: "Previous" }).getAttribute("href")).toBe("/dashboard?show=done");
    expect(screen.getByRole("link", { name: "Next" }).getAttribute("href")).toBe(
      "/dashboard?page=3&show=done",
    );
    expect(screen.getByText("Page 2 of 3")).toBeTruthy();
  });

  it.each([
    [1, 1],
    [1, 0],
    [9, 3],
  ])("says nothing on page %i of %i", (page, pages) => {
    renderRoute(<Pagination page={page} pages={pages} show="all" />);
    expect(screen.queryByRole("navigation")).toBeNull();
  });

  it("offers no page before the first or after the last", () => {
    renderRoute(<Pagination page={1} pages={2} show="all" />);
    expect(screen.queryByRole("link", { name: "Previous" })).toBeNull();
    expect(screen.getByRole("link", { name: "Next" })).toBeTruthy();
  });
});

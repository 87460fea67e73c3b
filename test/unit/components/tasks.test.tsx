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

describe("dashboardPath", () => {
  it("omits default values", () => {
    expect(dashboardPath()).toBe("/dashboard");
    expect(dashboardPath({ show: "open", page: 1 })).toBe("/dashboard");
    expect(dashboardPath({ show: "all" })).toBe("/dashboard?show=all");
    expect(dashboardPath({ show: "done", page: 3 })).toBe("/dashboard?page=3&show=done");
    expect(dashboardPath({ q: "" })).toBe("/dashboard");
  });

  it("encodes the searched text so that it can be returned to", () => {
    expect(dashboardPath({ page: 2, q: "50% & ../ä" })).toBe("/dashboard?page=2&q=50%25+%26+%2E%2E%2F%C3%A4");
  });
});

describe("QuickAdd", () => {
  const title = () => screen.getByLabelText<HTMLInputElement>("New task");
  const add = () => screen.getByRole("button", { name: "Add task" });
  const failureFor = (title: string, rest = {}) =>
    formFailureOf("add", {
      message: "The database does not respond.",
      values: { intent: "add", submission_id: "m1", title },
      ...rest,
    });
  /** user-event does not notice a form reset and would append to the old text. */
  const write = async (user: ReturnType<typeof renderRoute>["user"], text: string) => {
    await user.clear(title());
    await user.type(title(), text);
  };

  it("adds one task on a double click, then empties and focuses the title", async () => {
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />);
    await user.type(title(), "Buy milk");
    await user.dblClick(add());

    expect(title().value).toBe("");
    await waitFor(() =>
      expect(sent).toEqual([{ intent: "add", submission_id: "m1", title: "Buy milk", description: "" }]),
    );
    expect(document.activeElement).toBe(title());
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("adds several tasks with Enter without waiting for the answers", async () => {
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />, {
      answer: () => new Promise(() => {}),
    });
    for (const text of ["One", "Two", "Three"]) await write(user, `${text}{Enter}`);
    await waitFor(() => expect(sent.map((form) => form.title)).toEqual(["One", "Two", "Three"]));
    expect(title().value).toBe("");
  });

  it("returns a rejected task to the form with its submission id", async () => {
    const answers = [failureFor("Buy milk"), redirect("/")];
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />, {
      answer: () => answers.shift(),
    });
    await user.type(title(), "Buy milk{Enter}");
    await waitFor(() => expect(title().value).toBe("Buy milk"));
    expect(screen.getByRole("alert").textContent).toBe("The database does not respond.");

    await user.click(add());
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toEqual(sent[0]);
    await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
    expect(title().value).toBe("");
  });

  /** Submits one task. The test provides the answer later. */
  const sendOne = async () => {
    const answers: ((value: unknown) => void)[] = [];
    const rendered = renderRoute(<QuickAdd submissionId="m1" />, {
      answer: () => new Promise((resolve) => answers.push(resolve)),
    });
    await rendered.user.type(title(), "One{Enter}");
    await waitFor(() => expect(rendered.sent).toHaveLength(1));
    return { ...rendered, answer: (value: unknown) => answers[0]?.(value) };
  };

  it("lists a rejected task below the form while that is in use, and resubmits it on request", async () => {
    const { user, sent, answer } = await sendOne();
    await write(user, "Two");
    answer(failureFor("One"));
    expect((await screen.findByRole("alert")).textContent).toBe("“One”: The database does not respond.");
    expect(title().value).toBe("Two");

    await user.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toMatchObject({ title: "One", submission_id: "m1" });
    expect(screen.queryByRole("alert")).toBeNull();
    expect(title().value).toBe("Two");
  });

  it("keeps all of several tasks that are rejected at once", async () => {
    const answers: ((value: unknown) => void)[] = [];
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />, {
      answer: () => new Promise((resolve) => answers.push(resolve)),
    });
    await write(user, "One{Enter}");
    await write(user, "Two{Enter}");
    await waitFor(() => expect(sent).toHaveLength(2));
    await act(async () => {
      answers[0]?.(failureFor("One"));
      answers[1]?.(failureFor("Two"));
    });
    await waitFor(() => expect(title().value).toBe("One"));
    expect(await screen.findByText(/^“Two”:/)).toBeTruthy();
  });

  it("does not overwrite a description in progress when a task is rejected", async () => {
    const { user, answer } = await sendOne();
    const description = screen.getByLabelText<HTMLTextAreaElement>("Description");
    await user.type(description, "Half a thou");
    answer(failureFor("One"));
    expect(await screen.findByText(/^“One”:/)).toBeTruthy();
    expect(description.value).toBe("Half a thou");
  });

  it("displays the error of a blank title without submitting", async () => {
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />);
    await user.type(title(), "  {Enter}");

    await screen.findByText("Write what you want to do.");
    expect(document.activeElement).toBe(title());
    expect(sent).toEqual([]);
    expect(title().getAttribute("aria-invalid")).toBe("true");
  });

  it("opens the description if it is invalid", () => {
    const failure = formFailureOf("add", {
      errors: { description: ["That's too long: use at most 1000 characters."] },
      values: { title: "Buy milk", description: "…" },
    });
    const { container } = renderRoute(<QuickAdd submissionId="m1" />, { failure });
    expect(container.querySelector("details")?.open).toBe(true);
    expect(title().value).toBe("Buy milk");
  });
});

describe("TaskForm", () => {
  const task = { id: 1, title: "Buy milk", description: null, completed: true, version: 3 };

  it("starts with the task's values and submits the address to return to", async () => {
    const { user, sent } = renderRoute(<TaskForm task={task} returnTo="/dashboard?page=2" />);
    await user.click(screen.getByLabelText("Done"));
    await user.type(screen.getByLabelText("Description"), "Oat");
    await user.click(screen.getByRole("button", { name: "Save task" }));
    expect(sent).toEqual([
      {
        intent: "save",
        return_to: "/dashboard?page=2",
        version: "3",
        base_title: "Buy milk",
        base_description: "",
        base_completed: "true",
        title: "Buy milk",
        description: "Oat",
      },
    ]);
    expect(screen.getByRole("link", { name: "Cancel" }).getAttribute("href")).toBe("/dashboard?page=2");
  });

  it("keeps an unchecked box unchecked after a failure", () => {
    const failure = formFailureOf("save", {
      errors: { title: ["Write what you want to do."] },
      values: { title: "" },
    });
    renderRoute(<TaskForm task={task} returnTo="/dashboard" />, { failure });
    expect(screen.getByLabelText("Done")).toHaveProperty("checked", false);
    expect(screen.getByLabelText("Title")).toHaveProperty("value", "");
  });
});

describe("DeleteForm", () => {
  it("names the task and has the cancel link before the delete button", async () => {
    const cancel = <a href="/dashboard">Keep it</a>;
    const { user, sent } = renderRoute(
      <DeleteForm task={{ id: 7, title: "Buy milk" }} returnTo="/dashboard" cancel={cancel} />,
    );
    expect(screen.getByText("Buy milk").getAttribute("dir")).toBe("auto");
    await user.tab();
    expect(document.activeElement).toBe(screen.getByRole("link", { name: "Keep it" }));
    await user.click(screen.getByRole("button", { name: "Delete task" }));
    expect(sent).toEqual([{ intent: "delete", id: "7", return_to: "/dashboard" }]);
  });
});

describe("FilterNav and Pagination", () => {
  it("mark the current filter and display the count of each", () => {
    renderRoute(<FilterNav show="open" q="" counts={{ all: 12, open: 9, done: 3 }} />);
    const links = within(screen.getByRole("navigation", { name: "Which tasks" })).getAllByRole("link");
    expect(links.map((link) => [link.getAttribute("href"), link.getAttribute("aria-current")])).toEqual([
      ["/dashboard", "page"],
      ["/dashboard?show=done", null],
      ["/dashboard?show=all", null],
    ]);
    expect(links.map((link) => link.textContent)).toEqual(["Open 9", "Done 3", "All 12"]);
  });

  it("link to the previous and next page of the filter", () => {
    renderRoute(<Pagination page={2} pages={3} pathOf={(page) => dashboardPath({ show: "done", page })} />);
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
  ])("display no links on page %i of %i", (page, pages) => {
    renderRoute(<Pagination page={page} pages={pages} pathOf={String} />);
    expect(screen.queryByRole("navigation")).toBeNull();
  });

  it("display no link before the first page", () => {
    renderRoute(<Pagination page={1} pages={2} pathOf={String} />);
    expect(screen.queryByRole("link", { name: "Previous" })).toBeNull();
    expect(screen.getByRole("link", { name: "Next" })).toBeTruthy();
  });
});

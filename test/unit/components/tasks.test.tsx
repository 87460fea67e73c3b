import { screen, waitFor, within } from "@testing-library/react";
import { redirect } from "react-router-dom";
import { describe, expect, it } from "vitest";
import { dashboardAddress } from "#app/components/tasks/dashboard-address.ts";
import { DeleteForm } from "#app/components/tasks/delete-form.tsx";
import { FilterTabs } from "#app/components/tasks/filter-tabs.tsx";
import { Pagination } from "#app/components/tasks/pagination.tsx";
import { QuickAdd } from "#app/components/tasks/quick-add.tsx";
import { TaskForm } from "#app/components/tasks/task-form.tsx";
import { failure, show } from "./render.tsx";

describe("dashboardAddress", () => {
  it("leaves out what goes without saying", () => {
    expect(dashboardAddress("all")).toBe("/dashboard");
    expect(dashboardAddress("open", 1)).toBe("/dashboard?show=open");
    expect(dashboardAddress("done", 3)).toBe("/dashboard?page=3&show=done");
  });
});

describe("quick add", () => {
  const title = () => screen.getByLabelText<HTMLInputElement>("New task");

  it("adds one task per double press, empties the field and stays in it", async () => {
    const { user, sent } = show(<QuickAdd failure={undefined} />);
    await user.type(title(), "Buy milk");
    await user.dblClick(screen.getByRole("button", { name: "Add task" }));

    await waitFor(() => expect(title().value).toBe(""));
    expect(sent).toEqual([{ intent: "add", title: "Buy milk", description: "" }]);
    expect(document.activeElement).toBe(title());
  });

  it("adds with Enter, task after task", async () => {
    const { user, sent } = show(<QuickAdd failure={undefined} />);
    await user.type(title(), "One{Enter}");
    await waitFor(() => expect(title().value).toBe(""));
    // user-event does not see a reset and would type on after the old text.
    await user.clear(title());
    await user.keyboard("Two{Enter}");
    await waitFor(() => expect(sent.map((form) => form.title)).toEqual(["One", "Two"]));
  });

  it("leaves alone what was typed on meanwhile", async () => {
    let answered = () => {};
    const answer = () =>
      new Promise((resolve) => {
        answered = () => resolve(null);
      });
    const { user, sent } = show(<QuickAdd failure={undefined} />, { answer });
    await user.type(title(), "One{Enter}");
    await waitFor(() => expect(sent).toHaveLength(1));
    await user.type(title(), " and more");
    answered();
    await screen.findByRole("button", { name: "Add task" });
    expect(title().value).toBe("One and more");
  });

  it("keeps the text and moves to the error when the task is refused", async () => {
    const refused = failure("add", { errors: { title: ["Title is required."] } });
    const { user } = show(<QuickAdd failure={undefined} />, { answer: () => refused });
    await user.click(screen.getByRole("button", { name: "Add task" }));

    await screen.findByText("Title is required.");
    await waitFor(() => expect(document.activeElement).toBe(title()));
    expect(title().getAttribute("aria-invalid")).toBe("true");
  });

  it("forgets the error once the task was accepted", async () => {
    let refuse = true;
    const refused = failure("add", { errors: { title: ["Title is required."] } });
    const answer = () => (refuse ? refused : redirect("/"));
    const { user, sent } = show(<QuickAdd failure={undefined} />, { answer });
    await user.click(screen.getByRole("button", { name: "Add task" }));
    await screen.findByText("Title is required.");

    refuse = false;
    await user.type(title(), "Buy milk{Enter}");
    await waitFor(() => expect(screen.queryByText("Title is required.")).toBeNull());
    expect(title().value).toBe("");
    expect(sent).toHaveLength(2);

    await user.clear(title());
    await user.type(title(), "Buy bread{Enter}");
    expect(screen.queryByText("Title is required.")).toBeNull();
  });

  it("opens the description when that is what was refused", () => {
    const refused = failure("add", {
      errors: { description: ["Description can be at most 1000 characters long."] },
      values: { title: "Buy milk", description: "…" },
    });
    const { container } = show(<QuickAdd failure={refused} />);
    expect(container.querySelector("details")?.open).toBe(true);
    expect(title().value).toBe("Buy milk");
  });
});

describe("the task form", () => {
  const task = { title: "Buy milk", description: null, completed: true };

  it("starts from the task and sends the way back along", async () => {
    const { user, sent } = show(<TaskForm task={task} failure={undefined} returnTo="/dashboard?page=2" />);
    await user.click(screen.getByLabelText("Done"));
    await user.type(screen.getByLabelText("Description"), "Oat");
    await user.click(screen.getByRole("button", { name: "Save task" }));
    expect(sent).toEqual([
      { intent: "save", return_to: "/dashboard?page=2", title: "Buy milk", description: "Oat" },
    ]);
    expect(screen.getByRole("link", { name: "Cancel" }).getAttribute("href")).toBe("/dashboard?page=2");
  });

  it("keeps an unchecked box unchecked after a failure", () => {
    const refused = failure("save", { errors: { title: ["Title is required."] }, values: { title: "" } });
    show(<TaskForm task={task} failure={refused} returnTo="/dashboard" />);
    expect(screen.getByLabelText("Done")).toHaveProperty("checked", false);
    expect(screen.getByLabelText("Title")).toHaveProperty("value", "");
  });
});

describe("the delete form", () => {
  it("names the task and offers the way out first", async () => {
    const keep = <a href="/dashboard">Keep it</a>;
    const { user, sent } = show(
      <DeleteForm
        task={{ id: 7, title: "Buy milk" }}
        failure={undefined}
        returnTo="/dashboard"
        keep={keep}
      />,
    );
    expect(screen.getByText("Buy milk").getAttribute("dir")).toBe("auto");
    await user.tab();
    expect(document.activeElement).toBe(screen.getByRole("link", { name: "Keep it" }));
    await user.click(screen.getByRole("button", { name: "Delete task" }));
    expect(sent).toEqual([{ intent: "delete", id: "7", return_to: "/dashboard" }]);
  });
});

describe("filter and pages", () => {
  it("marks the filter that is on", () => {
    show(<FilterTabs show="open" />);
    const links = within(screen.getByRole("navigation", { name: "Which tasks" })).getAllByRole("link");
    expect(links.map((link) => [link.getAttribute("href"), link.getAttribute("aria-current")])).toEqual([
      ["/dashboard", null],
      ["/dashboard?show=open", "page"],
      ["/dashboard?show=done", null],
    ]);
  });

  it("leads to the pages before and after, within the filter", () => {
    show(<Pagination page={2} pages={3} show="done" />);
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
    show(<Pagination page={page} pages={pages} show="all" />);
    expect(screen.queryByRole("navigation")).toBeNull();
  });

  it("offers no page before the first or after the last", () => {
    show(<Pagination page={1} pages={2} show="all" />);
    expect(screen.queryByRole("link", { name: "Previous" })).toBeNull();
    expect(screen.getByRole("link", { name: "Next" })).toBeTruthy();
  });
});

import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {
  createMemoryRouter,
  type RouteObject,
  RouterProvider,
  redirect,
  useLoaderData,
} from "react-router-dom";
import { describe, expect, it } from "vitest";
import { dashboardPath } from "#app/components/tasks/dashboard-path.ts";
import { DeleteForm } from "#app/components/tasks/delete-form.tsx";
import { EditPageError } from "#app/components/tasks/edit-page-error.tsx";
import { FilterNav } from "#app/components/tasks/filter-nav.tsx";
import { Pagination } from "#app/components/tasks/pagination.tsx";
import { QuickAdd } from "#app/components/tasks/quick-add.tsx";
import { TaskForm } from "#app/components/tasks/task-form.tsx";
import { revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { FUTURE_FLAGS, formFailureOf, renderRoute } from "../../support/render-route.tsx";

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

  it("sends a rejected task again at the moment at which its failure shows", async () => {
    const answers = [failureFor("Buy milk"), redirect("/")];
    const { user, sent } = renderRoute(<QuickAdd submissionId="m1" />, { answer: () => answers.shift() });
    // Called before React runs the effects of the failure.
    const observer = new MutationObserver(() => {
      if (!screen.queryByRole("alert")) return;
      observer.disconnect();
      add().click();
    });
    observer.observe(document.body, { subtree: true, childList: true });
    await user.type(title(), "Buy milk{Enter}");
    await waitFor(() => expect(sent).toHaveLength(2));
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

    await user.click(screen.getByRole("button", { name: "Try again: One" }));
    // Away from the field, the next letters would be shortcuts.
    expect(document.activeElement).toBe(title());
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toMatchObject({ title: "One", submission_id: "m1" });
    expect(screen.queryByRole("alert")).toBeNull();
    expect(title().value).toBe("Two");
  });

  it("focuses the title after a rejected task is discarded", async () => {
    const { user, sent, answer } = await sendOne();
    await write(user, "Two");
    answer(failureFor("One"));
    await user.click(await screen.findByRole("button", { name: "Discard: One" }));
    expect(screen.queryByRole("alert")).toBeNull();
    expect(document.activeElement).toBe(title());
    expect(sent).toHaveLength(1);
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

describe("TaskForm after a revalidation", () => {
  const OPENED = { id: 1, title: "Buy milk", description: "Oat", completed: false, version: 3 };
  const CHANGED = { ...OPENED, description: "Soy", completed: true, version: 4 };
  const OTHER = { ...OPENED, id: 2, title: "Buy bread" };

  /** Renders the form with the task of a loader. `load` replaces that task, as a return to the tab does. */
  async function open(failure?: FormFailure) {
    let task = OPENED;
    const sent: Record<string, FormDataEntryValue>[] = [];
    const Page = () => <TaskForm task={useLoaderData() as typeof OPENED} returnTo="/dashboard" />;
    const route: RouteObject = {
      path: "/",
      loader: () => task,
      action: async ({ request }) => {
        sent.push(Object.fromEntries(await request.formData()));
        return Response.json(failure ?? null, { status: 412 });
      },
      shouldRevalidate: revalidateOnSuccess,
      element: <Page />,
      hydrateFallbackElement: <p />,
    };
    const routes = [route, { ...route, path: "/tasks/:id/edit" }];
    const router = createMemoryRouter(routes, { initialEntries: ["/tasks/1/edit"], future: FUTURE_FLAGS });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    await screen.findByLabelText("Title");
    const load = (next: typeof OPENED) =>
      act(async () => {
        task = next;
        router.revalidate();
      });
    return { sent, load, user: userEvent.setup({ delay: null }) };
  }
  const save = () => screen.getByRole("button", { name: "Save task" });

  it("submits the task that the text is based on, and untouched fields as they were opened", async () => {
    const { user, sent, load } = await open();
    await user.type(screen.getByLabelText("Title"), " and bread");
    await load(CHANGED);
    await user.click(save());
    await waitFor(() => expect(sent).toHaveLength(1));
    const base = { base_title: "Buy milk", base_description: "Oat", base_completed: "false", version: "3" };
    expect(sent[0]).toEqual({
      ...{ intent: "save", return_to: "/dashboard", title: "Buy milk and bread", description: "Oat" },
      ...base,
    });
  });

  it("starts again with another task", async () => {
    const { load } = await open();
    await load(OTHER);
    expect(screen.getByLabelText("Title")).toHaveProperty("value", "Buy bread");
  });

  it("keeps a conflict and the version that it is based on", async () => {
    const conflict = { version: 4, fields: { description: { saved: "Soy", edited: true } } };
    const { user, sent, load } = await open(
      formFailureOf("save", { message: "Choose.", recovery: { conflict } }),
    );
    await user.type(screen.getByLabelText("Description"), " milk");
    await user.click(save());
    await screen.findByLabelText("Keep this one");
    await load(CHANGED);
    expect(screen.getByRole("alert").textContent).toBe("Choose.");
    expect(screen.getByLabelText("Keep this one")).toBeTruthy();
    await user.click(save());
    await waitFor(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toMatchObject({ version: "4", base_description: "Soy", description: "Oat milk" });
  });
});

describe("EditPageError", () => {
  it("keeps the text of a task that was deleted for good after a revalidation", async () => {
    const failure = formFailureOf("save", {
      message: "This task was deleted. Your text is still here.",
      values: { title: "Buy oat milk" },
      recovery: { submissionId: "s1" },
    });
    const route: RouteObject = {
      id: "page",
      path: "/tasks/:id/edit",
      loader: () => Promise.reject(new Response(null, { status: 404 })),
      element: <p />,
      errorElement: <EditPageError />,
    };
    const router = createMemoryRouter([route], {
      initialEntries: ["/tasks/1/edit"],
      future: FUTURE_FLAGS,
      hydrationData: { loaderData: {}, actionData: { page: failure }, errors: { page: new Response() } },
    });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    expect(await screen.findByLabelText("Title")).toHaveProperty("value", "Buy oat milk");
    await act(async () => router.revalidate());
    expect(router.state.actionData).toBeNull();
    expect(screen.getByLabelText("Title")).toHaveProperty("value", "Buy oat milk");
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

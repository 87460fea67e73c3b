import { UNSAFE_ErrorResponseImpl as ErrorResponse } from "@remix-run/router";
import { act, render, screen, waitFor } from "@testing-library/react";
import { createMemoryRouter, Outlet, RouterProvider, useLoaderData } from "react-router-dom";
import { describe, expect, it } from "vitest";
import { SignInForm } from "#app/components/auth/sign-in-form.tsx";
import { explainError } from "#app/components/ui/explain-error.ts";
import { Notice } from "#app/components/ui/notice.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { PageHeading } from "#app/components/ui/page-heading.tsx";
import { pageTitle } from "#app/components/ui/page-title.ts";
import { Section } from "#app/components/ui/section.tsx";
import { SiteHeader } from "#app/components/ui/site-header.tsx";
import { useRouteFocus } from "#app/components/ui/use-route-focus.ts";
import type { ErrorExplanation } from "#app/page-data/error-explanation.ts";
import type { FormFailure } from "#app/page-data/form-failure.ts";
import { FUTURE_FLAGS, formFailureOf, renderRoute } from "../../support/render-route.tsx";

const NEWS = { notice: { text: "Task added." } };
const response = (status: number, words?: ErrorExplanation) => new ErrorResponse(status, "", { words });
const PATIENCE = { title: "A moment, please", text: "Wait a minute, then try again.", retry: true };

describe("error pages", () => {
  it("says what the server has to say", () => {
    expect(explainError(response(429, PATIENCE))).toEqual(PATIENCE);
  });

  it.each([
    response(500),
    new ErrorResponse(404, "", null),
    new ErrorResponse(404, "", "secret"),
    new Error("secret"),
    undefined,
  ])("never shows the error itself: %s", (error) => {
    expect(explainError(error)).toEqual({
      title: "Something went wrong on our side",
      text: "Your tasks are safe. Try again.",
      retry: true,
    });
  });

  it("offers the same address again when that may help", async () => {
    const loader = () => {
      throw Response.json({ words: PATIENCE }, { status: 429 });
    };
    const router = createMemoryRouter(
      [{ path: "*", loader, element: null, errorElement: <PageError />, hydrateFallbackElement: <p /> }],
      {
        initialEntries: ["/dashboard?page=2"],
        future: FUTURE_FLAGS,
      },
    );
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    const again = await screen.findByRole("link", { name: "Try again" });
    expect(again.getAttribute("href")).toBe("/dashboard?page=2");
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("A moment, please");
  });

  const failedWith = (refused: FormFailure, error = response(500)) => {
    const router = createMemoryRouter(
      [{ id: "page", path: "*", action: () => null, element: null, errorElement: <PageError /> }],
      {
        initialEntries: ["/settings"],
        future: FUTURE_FLAGS,
        hydrationData: { loaderData: {}, actionData: { page: refused }, errors: { page: error } },
      },
    );
    return render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
  };

  it("keep what was typed, to be sent once more, with all that belongs to it", () => {
    const values = { intent: "add", title: "Ferns", description: "", return_to: "/dashboard?page=2" };
    const { container } = failedWith(formFailureOf("add", { values }));
    expect(screen.getByLabelText("Title")).toHaveProperty("value", "Ferns");
    expect(screen.queryByLabelText("Description")).toBeNull();
    expect(screen.getByText("Your text is still here.")).toBeTruthy();
    const form = container.querySelector("form") as HTMLFormElement;
    expect(Object.fromEntries(new FormData(form))).toEqual(values);
    expect(form.contains(screen.getByRole("button", { name: "Try again" }))).toBe(true);
    expect(screen.getAllByText("Try again")).toHaveLength(1);
    expect(screen.getByRole("link", { name: "Go to the start page" })).toBeTruthy();
  });

  it("say nothing of typing where nothing was typed", () => {
    failedWith(formFailureOf("toggle", { values: { intent: "toggle", id: "7" } }));
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
    expect(screen.queryByText(/you typed/)).toBeNull();
  });

  it("do not offer to try again what cannot be done any more", () => {
    const gone = response(404, { title: "There is nothing here", text: "It was deleted.", retry: false });
    failedWith(formFailureOf("save", { values: { intent: "save", title: "Ferns" } }), gone);
    expect(screen.queryByText("Try again")).toBeNull();
    expect(screen.getByRole("link", { name: "Go to the start page" })).toBeTruthy();
  });

  it("ask for the page again where a password was given, as that is not kept", () => {
    failedWith(formFailureOf("password", { values: { intent: "password" } }));
    expect(screen.getByRole("link", { name: "Try again" }).getAttribute("href")).toBe("/settings");
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("takes over the focus of a page that it replaces", async () => {
    const loader = ({ params }: { params: { page?: string } }) => {
      if (params.page !== "fine") throw new Response(null, { status: 500 });
      return null;
    };
    const routes = [
      {
        path: "/:page",
        loader,
        element: <p>fine</p>,
        errorElement: <PageError />,
        hydrateFallbackElement: <p />,
      },
    ];
    const there = createMemoryRouter(routes, { initialEntries: ["/fine"], future: FUTURE_FLAGS });
    render(<RouterProvider router={there} future={{ v7_startTransition: true }} />);
    await screen.findByText("fine");
    await act(() => there.navigate("/broken"));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("heading")));
  });

  it("names the page, or what went wrong, in the title", () => {
    expect(pageTitle("Settings")({})).toEqual([{ title: "Settings · Tock" }]);
    expect(pageTitle("Settings")({ error: response(429, PATIENCE) })).toEqual([
      { title: "A moment, please · Tock" },
    ]);
  });
});

describe("the header", () => {
  const names = () => screen.queryAllByRole("link").map((link) => link.textContent);

  it("offers the tasks, the settings and the way out to somebody who is signed in", () => {
    renderRoute(<SiteHeader signedIn />, { path: "/settings" });
    expect(names()).toEqual(["Tock", "Tasks", "Settings"]);
    expect(screen.getByRole("link", { name: "Settings" }).getAttribute("aria-current")).toBe("page");
    expect(screen.getByRole("button", { name: "Sign out" }).closest("form")?.getAttribute("action")).toBe(
      "/signout",
    );
  });

  it("offers the ways in to anybody else", () => {
    renderRoute(<SiteHeader signedIn={false} />);
    expect(names()).toEqual(["Tock", "Sign in", "Sign up"]);
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("claims nothing when it is not known who is here", () => {
    renderRoute(<SiteHeader signedIn={undefined} />);
    expect(names()).toEqual(["Tock"]);
  });
});

describe("notices and sections", () => {
  it("keeps the live region on the page, empty or not", () => {
    const { unmount } = renderRoute(<Notice rootData={undefined} undo={() => null} />);
    expect(screen.getByRole("status").textContent).toBe("");
    unmount();
    renderRoute(<Notice rootData={NEWS} undo={() => null} />);
    expect(screen.getByRole("status").textContent).toBe("Task added.");
  });

  it("takes a notice away as soon as something else is sent", async () => {
    const page = (
      <>
        <Notice rootData={NEWS} undo={() => null} />
        <SignInForm redirectTo="/" />
      </>
    );
    const { user } = renderRoute(page);
    await user.type(screen.getByLabelText("Email"), "ada@example.org");
    await user.type(screen.getByLabelText("Password"), "a lantern{Enter}");
    await waitFor(() => expect(screen.getByRole("status").textContent).toBe(""));
  });

  it("goes on telling while the page is only brought up to date, and no longer on another page", async () => {
    let notice: { text: string } | null = NEWS.notice;
    const Frame = () => <Notice rootData={useLoaderData() as typeof NEWS} undo={() => null} />;
    const loader = () => ({ notice });
    const routes = [{ path: "*", loader, element: <Frame />, hydrateFallbackElement: <p /> }];
    const there = createMemoryRouter(routes, { future: FUTURE_FLAGS });
    render(<RouterProvider router={there} future={{ v7_startTransition: true }} />);
    await screen.findByText("Task added.");
    notice = null;
    await act(() => there.revalidate());
    expect(screen.getByRole("status").textContent).toBe("Task added.");
    await act(() => there.navigate("/next"));
    expect(screen.getByRole("status").textContent).toBe("");
  });

  it("names a section by its heading", () => {
    renderRoute(<Section title="Password">fields</Section>);
    expect(screen.getByRole("region", { name: "Password" })).toBeTruthy();
  });
});

describe("a change of page", () => {
  function Frame() {
    useRouteFocus();
    return (
      <main>
        <Outlet />
      </main>
    );
  }
  const router = () =>
    createMemoryRouter(
      [
        {
          element: <Frame />,
          children: [
            { path: "/", element: <PageHeading>Start</PageHeading> },
            { path: "/next", element: <PageHeading>Next</PageHeading> },
            // biome-ignore lint/a11y/noAutofocus: it is what is tested.
            { path: "/form", element: <input aria-label="Field" autoFocus /> },
          ],
        },
      ],
      { future: FUTURE_FLAGS },
    );

  it("starts at the heading of the new page, and not on the first", async () => {
    const there = router();
    render(<RouterProvider router={there} future={{ v7_startTransition: true }} />);
    expect(document.activeElement).toBe(document.body);
    await act(() => there.navigate("/next"));
    expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Next" }));
  });

  it("leaves the focus to a field that took it", async () => {
    const there = router();
    render(<RouterProvider router={there} future={{ v7_startTransition: true }} />);
    await act(() => there.navigate("/form"));
    expect(document.activeElement).toBe(screen.getByLabelText("Field"));
  });
});

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

const ROOT_DATA = { notice: { text: "Task added." } };
const response = (status: number, explanation?: ErrorExplanation) =>
  new ErrorResponse(status, "", { explanation });
const RATE_LIMITED = { title: "A moment, please", text: "Wait a minute, then try again.", retry: true };

describe("explainError and PageError", () => {
  it("return the server's explanation", () => {
    expect(explainError(response(429, RATE_LIMITED))).toEqual(RATE_LIMITED);
  });

  it.each([
    response(500),
    new ErrorResponse(404, "", null),
    new ErrorResponse(404, "", "secret"),
    new Error("secret"),
    undefined,
  ])("never reveal the error itself: %s", (error) => {
    expect(explainError(error)).toEqual({
      title: "Something went wrong on our side",
      text: "Your tasks are safe. Try again.",
      retry: true,
    });
  });

  it("link to the same address if a retry may help", async () => {
    const loader = () => {
      throw Response.json({ explanation: RATE_LIMITED }, { status: 429 });
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

  const renderError = (failure: FormFailure, error = response(500)) => {
    const router = createMemoryRouter(
      [{ id: "page", path: "*", action: () => null, element: null, errorElement: <PageError /> }],
      {
        initialEntries: ["/settings"],
        future: FUTURE_FLAGS,
        hydrationData: { loaderData: {}, actionData: { page: failure }, errors: { page: error } },
      },
    );
    return render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
  };

  it("offer to resubmit a failed form with all of its values", () => {
    const values = { intent: "add", title: "Ferns", description: "", return_to: "/dashboard?page=2" };
    const { container } = renderError(formFailureOf("add", { values }));
    expect(screen.getByLabelText("Title")).toHaveProperty("value", "Ferns");
    expect(screen.queryByLabelText("Description")).toBeNull();
    expect(screen.getByText("Your text is still here.")).toBeTruthy();
    const form = container.querySelector("form") as HTMLFormElement;
    expect(Object.fromEntries(new FormData(form))).toEqual(values);
    expect(form.contains(screen.getByRole("button", { name: "Try again" }))).toBe(true);
    expect(screen.getAllByText("Try again")).toHaveLength(1);
    expect(screen.getByRole("link", { name: "Go to the start page" })).toBeTruthy();
  });

  it("do not mention text if the failed form had none", () => {
    renderError(formFailureOf("toggle", { values: { intent: "toggle", id: "7" } }));
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
    expect(screen.queryByText(/still here/)).toBeNull();
  });

  it("offer no retry for a record that no longer exists", () => {
    const gone = response(404, { title: "There is nothing here", text: "It was deleted.", retry: false });
    renderError(formFailureOf("save", { values: { intent: "save", title: "Ferns" } }), gone);
    expect(screen.queryByText("Try again")).toBeNull();
    expect(screen.getByRole("link", { name: "Go to the start page" })).toBeTruthy();
  });

  it("link to the page instead of resubmitting a form with a password", () => {
    renderError(formFailureOf("password", { values: { intent: "password" }, hasSecret: true }));
    expect(screen.getByRole("link", { name: "Try again" }).getAttribute("href")).toBe("/settings");
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("focus the heading when they replace a page", async () => {
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
    const router = createMemoryRouter(routes, { initialEntries: ["/fine"], future: FUTURE_FLAGS });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    await screen.findByText("fine");
    await act(() => router.navigate("/broken"));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole("heading")));
  });

  it("pageTitle names the page or the error", () => {
    expect(pageTitle("Settings")({})).toEqual([{ title: "Settings · Tock" }]);
    expect(pageTitle("Settings")({ error: response(429, RATE_LIMITED) })).toEqual([
      { title: "A moment, please · Tock" },
    ]);
  });
});

describe("SiteHeader", () => {
  const linkNames = () => screen.queryAllByRole("link").map((link) => link.textContent);

  it("has links to tasks and settings and a sign-out button for a signed-in user", () => {
    renderRoute(<SiteHeader signedIn />, { path: "/settings" });
    expect(linkNames()).toEqual(["Tock", "Tasks", "Settings"]);
    expect(screen.getByRole("link", { name: "Settings" }).getAttribute("aria-current")).toBe("page");
    expect(screen.getByRole("button", { name: "Sign out" }).closest("form")?.getAttribute("action")).toBe(
      "/signout",
    );
  });

  it("has links to sign-in and sign-up for an anonymous user", () => {
    renderRoute(<SiteHeader signedIn={false} />);
    expect(linkNames()).toEqual(["Tock", "Sign in", "Sign up"]);
    expect(screen.queryByRole("button")).toBeNull();
  });

  it("has no menu if the session is unknown", () => {
    renderRoute(<SiteHeader signedIn={undefined} />);
    expect(linkNames()).toEqual(["Tock"]);
  });
});

describe("Notice and Section", () => {
  it("Notice always renders its live region", () => {
    const { unmount } = renderRoute(<Notice rootData={undefined} undo={() => null} />);
    expect(screen.getByRole("status").textContent).toBe("");
    unmount();
    renderRoute(<Notice rootData={ROOT_DATA} undo={() => null} />);
    expect(screen.getByRole("status").textContent).toBe("Task added.");
  });

  it("Notice is cleared when the next submission starts", async () => {
    const page = (
      <>
        <Notice rootData={ROOT_DATA} undo={() => null} />
        <SignInForm redirectTo="/" />
      </>
    );
    const { user } = renderRoute(page);
    await user.type(screen.getByLabelText("Email"), "ada@example.org");
    await user.type(screen.getByLabelText("Password"), "a lantern{Enter}");
    await waitFor(() => expect(screen.getByRole("status").textContent).toBe(""));
  });

  it("Notice survives a revalidation and is cleared by a navigation", async () => {
    let notice: { text: string } | null = ROOT_DATA.notice;
    const Frame = () => <Notice rootData={useLoaderData() as typeof ROOT_DATA} undo={() => null} />;
    const loader = () => ({ notice });
    const routes = [{ path: "*", loader, element: <Frame />, hydrateFallbackElement: <p /> }];
    const router = createMemoryRouter(routes, { future: FUTURE_FLAGS });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    await screen.findByText("Task added.");
    notice = null;
    await act(() => router.revalidate());
    expect(screen.getByRole("status").textContent).toBe("Task added.");
    await act(() => router.navigate("/next"));
    expect(screen.getByRole("status").textContent).toBe("");
  });

  it("Section is labelled by its heading", () => {
    renderRoute(<Section title="Password">fields</Section>);
    expect(screen.getByRole("region", { name: "Password" })).toBeTruthy();
  });
});

describe("useRouteFocus", () => {
  function Frame() {
    useRouteFocus();
    return (
      <main>
        <Outlet />
      </main>
    );
  }
  const createRouter = () =>
    createMemoryRouter(
      [
        {
          element: <Frame />,
          children: [
            { path: "/", element: <PageHeading>Start</PageHeading> },
            { path: "/next", element: <PageHeading>Next</PageHeading> },
            // biome-ignore lint/a11y/noAutofocus: the test needs it.
            { path: "/form", element: <input aria-label="Field" autoFocus /> },
          ],
        },
      ],
      { future: FUTURE_FLAGS },
    );

  it("focuses the heading after a navigation, but not after the first load", async () => {
    const router = createRouter();
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    expect(document.activeElement).toBe(document.body);
    await act(() => router.navigate("/next"));
    expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Next" }));
  });

  it("leaves the focus to a field with autoFocus", async () => {
    const router = createRouter();
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    await act(() => router.navigate("/form"));
    expect(document.activeElement).toBe(screen.getByLabelText("Field"));
  });
});

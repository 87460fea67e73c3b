import { useFetcher } from "@remix-run/react";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {
  createMemoryRouter,
  Outlet,
  RouterProvider,
  redirect,
  useActionData,
  useLoaderData,
} from "react-router-dom";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { explainError } from "#app/components/ui/explain-error.ts";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { OfflineBanner } from "#app/components/ui/offline-banner.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { RevalidateOnFocus } from "#app/components/ui/revalidate-on-focus.tsx";
import { useKeptResult } from "#app/components/ui/use-kept-result.ts";
import { FUTURE_FLAGS } from "../../support/render-route.tsx";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const dispatch = (target: EventTarget, event: Event) => act(async () => void target.dispatchEvent(event));

describe("OfflineBanner", () => {
  it("appears offline and disappears online, in a permanent live region", async () => {
    render(<OfflineBanner />);
    const region = screen.getByRole("status");
    expect(region.textContent).toBe("");
    await dispatch(window, new Event("offline"));
    expect(region.textContent).toMatch(/^You're offline\./);
    await dispatch(window, new Event("online"));
    expect(region.textContent).toBe("");
  });
});

describe("RevalidateOnFocus", () => {
  const INTERVAL_MS = 3_000;
  let loads: number;
  let answerHealth: () => Promise<Response>;
  let succeed: () => void;
  let fail: () => void;
  const returnToPage = () => dispatch(document, new Event("visibilitychange"));

  beforeEach(() => {
    loads = 0;
    answerHealth = async () => Response.json({ status: "ok" });
    vi.spyOn(globalThis, "fetch").mockImplementation(() => answerHealth());
  });

  async function open() {
    vi.useFakeTimers({ toFake: ["performance"] });
    function Host() {
      const fetcher = useFetcher();
      return (
        <fetcher.Form method="post">
          <RevalidateOnFocus />
          <input aria-label="Field" />
          <button type="submit">Send</button>
        </fetcher.Form>
      );
    }
    const action = () =>
      new Promise((resolve) => {
        succeed = () => resolve(null);
        // A failed action causes no revalidation.
        fail = () => resolve(Response.json(null, { status: 503 }));
      });
    const loader = () => ++loads;
    const route = { path: "/", loader, action, element: <Host />, shouldRevalidate: revalidateOnSuccess };
    const routes = [{ ...route, hydrateFallbackElement: <p /> }];
    const router = createMemoryRouter(routes, { future: FUTURE_FLAGS });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    await screen.findByLabelText("Field");
    // The listeners are added by effects, which may run after the first paint.
    await act(async () => undefined);
    expect(loads).toBe(1);
    vi.advanceTimersByTime(INTERVAL_MS);
  }

  it("revalidates on return, but at most once per interval", async () => {
    await open();
    await returnToPage();
    await waitFor(() => expect(loads).toBe(2));
    await returnToPage();
    await returnToPage();
    expect(loads).toBe(2);
    vi.advanceTimersByTime(INTERVAL_MS);
    await returnToPage();
    await waitFor(() => expect(loads).toBe(3));
  });

  it("does nothing when the page becomes hidden", async () => {
    await open();
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    await returnToPage();
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    ["the server is unreachable", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["the database is down", async () => new Response(null, { status: 503 })],
  ])("keeps the page while %s and revalidates when the browser is online again", async (_, answer) => {
    await open();
    const healthy = answerHealth;
    answerHealth = answer;
    await returnToPage();
    expect(loads).toBe(1);
    answerHealth = healthy;
    await dispatch(window, new Event("online"));
    await waitFor(() => expect(loads).toBe(2));
  });

  it("waits for a pending submission", async () => {
    await open();
    await act(async () => screen.getByRole("button").click());
    await returnToPage();
    expect(fetch).not.toHaveBeenCalled();
    await act(async () => succeed());
    await waitFor(() => expect(loads).toBe(3));
  });

  it("revalidates after in-flight requests settle on reconnect", async () => {
    await open();
    await act(async () => screen.getByRole("button").click());
    await dispatch(window, new Event("online"));
    expect(fetch).not.toHaveBeenCalled();
    await act(async () => fail());
    await waitFor(() => expect(loads).toBe(2));
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("revalidates a page from the back/forward cache without a health check", async () => {
    await open();
    answerHealth = () => Promise.reject(new TypeError("Failed to fetch"));
    await dispatch(window, new PageTransitionEvent("pageshow", { persisted: false }));
    expect(loads).toBe(1);
    await dispatch(window, new PageTransitionEvent("pageshow", { persisted: true }));
    await waitFor(() => expect(loads).toBe(2));
  });
});

describe("RevalidateOnFocus after the session has ended", () => {
  it("displays that the user was signed out until the next navigation", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response(null, { status: 401 }));
    const Root = () => (
      <>
        <RevalidateOnFocus />
        <input type="text" aria-label="Field" />
        <Outlet />
      </>
    );
    const children = [
      { path: "/dashboard", element: <p>dashboard</p> },
      { path: "/signin", element: <p>sign-in page</p> },
    ];
    const root = { id: "root", loader: () => ({ userId: "u1" }), element: <Root />, children };
    const router = createMemoryRouter([{ ...root, hydrateFallbackElement: <p /> }], {
      initialEntries: ["/dashboard?page=2"],
      future: FUTURE_FLAGS,
    });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    await userEvent.type(await screen.findByLabelText("Field"), "Half a thought");
    await dispatch(window, new Event("online"));
    const link = await screen.findByRole("link", { name: "Sign in" });
    expect(link.getAttribute("href")).toBe("/signin?redirectTo=%2Fdashboard%3Fpage%3D2");
    await act(async () => link.click());
    await screen.findByText("sign-in page");
    expect(screen.queryByRole("alert")).toBeNull();
    await act(async () => router.navigate(-1));
    await screen.findByText("dashboard");
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("useKeptResult", () => {
  /** A page with the result of its action, if it has one. */
  function open(result: string | undefined) {
    let shown: string | undefined;
    function Page() {
      shown = useKeptResult(useActionData() as string | undefined);
      return <p>loaded</p>;
    }
    const page = { id: "page", path: "/", element: <Page />, action: () => "new" };
    const router = createMemoryRouter([page], {
      future: FUTURE_FLAGS,
      hydrationData: { loaderData: {}, actionData: result ? { page: result } : null },
    });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    const revalidate = () => act(async () => router.revalidate());
    const submit = () =>
      act(async () => router.navigate("/", { formMethod: "post", formData: new FormData() }));
    return { router, revalidate, submit, shown: () => shown };
  }

  it("keeps a result that a revalidation drops, until the next one", async () => {
    const { router, revalidate, submit, shown } = open("first");
    await revalidate();
    expect([router.state.actionData, shown()]).toEqual([null, "first"]);
    await submit();
    expect(shown()).toBe("new");
    await revalidate();
    expect([router.state.actionData, shown()]).toEqual([null, "new"]);
  });
});

describe("RevalidateOnFocus with overlapping submissions", () => {
  it("displays both changes although React Router ignores the second redirect", async () => {
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json({ status: "ok" }));
    const saved: string[] = [];
    const answers: (() => void)[] = [];
    const action = async ({ request }: { request: Request }) => {
      const name = String((await request.formData()).get("name"));
      await new Promise<void>((resolve) => answers.push(resolve));
      saved.push(name);
      return redirect("/");
    };
    function Host() {
      const first = useFetcher();
      const second = useFetcher();
      return (
        <>
          <RevalidateOnFocus />
          <button type="button" onClick={() => first.submit({ name: "first" }, { method: "post" })}>
            Save first
          </button>
          <button type="button" onClick={() => second.submit({ name: "second" }, { method: "post" })}>
            Save second
          </button>
          <output>{(useLoaderData() as string[]).join()}</output>
        </>
      );
    }
    const route = { path: "/", loader: () => [...saved], action, element: <Host /> };
    const routes = [{ ...route, hydrateFallbackElement: <p /> }];
    const router = createMemoryRouter(routes, { future: FUTURE_FLAGS });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    const saveFirst = await screen.findByText("Save first");
    await act(async () => saveFirst.click());
    await act(async () => screen.getByText("Save second").click());
    await waitFor(() => expect(answers).toHaveLength(2));
    await act(async () => answers[0]?.());
    await waitFor(() => expect(screen.getByRole("status").textContent).toBe("first"));
    await act(async () => answers[1]?.());
    await waitFor(() => expect(screen.getByRole("status").textContent).toBe("first,second"));
  });
});

describe("keepFormOnNetworkError and revalidateOnSuccess", () => {
  const send = (serverAction: () => Promise<unknown>) => {
    const body = new URLSearchParams({ intent: "add", title: "Fern", password: "secret", new_password: "x" });
    const request = new Request("http://localhost/", { method: "POST", body });
    const consumeAndSend = async () => {
      // Remix consumes the body, which can be read only once.
      await request.text();
      return serverAction();
    };
    return keepFormOnNetworkError({ request, params: {}, serverAction: consumeAndSend as never });
  };

  it("a network error is answered with the form's values, without passwords", async () => {
    const answer = await send(() => Promise.reject(new TypeError("Failed to fetch")));
    expect((answer as Response).status).toBe(503);
    expect(await (answer as Response).json()).toEqual({
      failed: true,
      intent: "add",
      message: "Can't reach Tock. Your text is still here.",
      errors: {},
      values: { intent: "add", title: "Fern" },
      hasSecret: true,
    });
  });

  it("data, redirects and error pages are passed on unchanged", async () => {
    const failure = { failed: true };
    await expect(send(async () => failure)).resolves.toBe(failure);
    for (const thrown of [redirect("/signin"), { status: 404, data: null }]) {
      await expect(send(() => Promise.reject(thrown))).rejects.toBe(thrown);
    }
  });

  it("a successful submission removes its task's draft, and an ended session keeps it", async () => {
    const key = "tock-draft u1 task-5";
    const save = (fields: Record<string, string>, location: string, params = {}) => {
      sessionStorage.setItem(key, JSON.stringify({ title: "Fern", version: "1" }));
      const body = new URLSearchParams({ intent: "save", user_id: "u1", ...fields });
      const request = new Request("http://localhost/", { method: "POST", body });
      const serverAction = () => Promise.reject(redirect(location));
      return keepFormOnNetworkError({ request, params, serverAction }).catch(() => undefined);
    };
    await save({}, "/signin?redirectTo=%2Ftasks%2F5", { id: "5" });
    expect(sessionStorage.getItem(key)).toContain("Fern");
    await save({}, "/tasks/5", { id: "5" });
    expect(sessionStorage.getItem(key)).toBeNull();
    // In the list.
    await save({ id: "5" }, "/dashboard");
    expect(sessionStorage.getItem(key)).toBeNull();
    await save({ id: "6" }, "/dashboard");
    expect(sessionStorage.getItem(key)).toContain("Fern");
    sessionStorage.clear();
  });

  it("a failed submission causes no revalidation", () => {
    expect(revalidateOnSuccess({ actionStatus: 503 })).toBe(false);
    expect(revalidateOnSuccess({ actionStatus: 422 })).toBe(false);
    expect(revalidateOnSuccess({ actionStatus: 200 })).toBe(true);
    expect(revalidateOnSuccess({})).toBe(true);
  });
});

describe("explainError and PageError", () => {
  it.each(["Failed to fetch", "NetworkError when attempting to fetch resource.", "Load failed"])(
    "a network error is explained as such (%s)",
    (message) => {
      expect(explainError(new TypeError(message)).title).toBe("Can't reach Tock");
      expect(explainError(new Error(message)).title).not.toBe("Can't reach Tock");
    },
  );

  it("a TypeError of the application is not explained as a network error", () => {
    expect(explainError(new TypeError("Cannot read properties of undefined")).unreached).toBeUndefined();
  });

  it("Try again loads the page without a new document after a network error", async () => {
    let unreachable = true;
    const loader = () => {
      if (unreachable) throw new TypeError("Failed to fetch");
      return null;
    };
    const routes = [
      { path: "/", loader, element: <p>fine</p>, errorElement: <PageError />, hydrateFallbackElement: <p /> },
    ];
    const router = createMemoryRouter(routes, { future: FUTURE_FLAGS });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    const again = await screen.findByRole("link", { name: "Try again" });
    unreachable = false;
    await act(async () => again.click());
    expect(await screen.findByText("fine")).toBeTruthy();
  });
});

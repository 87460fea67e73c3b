import { useFetcher } from "@remix-run/react";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { createMemoryRouter, RouterProvider, redirect } from "react-router-dom";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { explainError } from "#app/components/ui/explain-error.ts";
import { keepFormOnNetworkError, revalidateOnSuccess } from "#app/components/ui/form-persistence.ts";
import { OfflineBanner } from "#app/components/ui/offline-banner.tsx";
import { PageError } from "#app/components/ui/page-error.tsx";
import { RevalidateOnFocus } from "#app/components/ui/revalidate-on-focus.tsx";
import { FUTURE_FLAGS } from "../../support/render-route.tsx";

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const tell = (target: EventTarget, event: Event) => act(async () => void target.dispatchEvent(event));

describe("the word about being offline", () => {
  it("comes and goes in a region that is always there", async () => {
    render(<OfflineBanner />);
    const region = screen.getByRole("status");
    expect(region.textContent).toBe("");
    await tell(window, new Event("offline"));
    expect(region.textContent).toMatch(/^You're offline\./);
    await tell(window, new Event("online"));
    expect(region.textContent).toBe("");
  });
});

describe("a page that somebody comes back to", () => {
  const LONG_MS = 3_000;
  let loads: number;
  let healthy: () => Promise<Response>;
  let release: () => void;
  let refuse: () => void;
  const comeBack = () => tell(document, new Event("visibilitychange"));

  beforeEach(() => {
    loads = 0;
    healthy = async () => Response.json({ status: "ok" });
    vi.spyOn(globalThis, "fetch").mockImplementation(() => healthy());
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
        release = () => resolve(null);
        // An answer that brings nothing anew.
        refuse = () => resolve(Response.json(null, { status: 503 }));
      });
    const loader = () => ++loads;
    const route = { path: "/", loader, action, element: <Host />, shouldRevalidate: revalidateOnSuccess };
    const routes = [{ ...route, hydrateFallbackElement: <p /> }];
    const router = createMemoryRouter(routes, { future: FUTURE_FLAGS });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    await screen.findByLabelText("Field");
    // It listens, and its clock runs, only once its effects have: on a slow machine that is later than it shows.
    await act(async () => undefined);
    expect(loads).toBe(1);
    vi.advanceTimersByTime(LONG_MS);
  }

  it("is brought up to date, but not at every turn", async () => {
    await open();
    await comeBack();
    await waitFor(() => expect(loads).toBe(2));
    await comeBack();
    await comeBack();
    expect(loads).toBe(2);
    vi.advanceTimersByTime(LONG_MS);
    await comeBack();
    await waitFor(() => expect(loads).toBe(3));
  });

  it("is left alone when it goes out of sight", async () => {
    await open();
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    await comeBack();
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    ["nobody answers", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["the database is away", async () => new Response(null, { status: 503 })],
  ])("stays as it is while %s, and looks again as soon as that is over", async (_, answer) => {
    await open();
    const well = healthy;
    healthy = answer;
    await comeBack();
    expect(loads).toBe(1);
    healthy = well;
    await tell(window, new Event("online"));
    await waitFor(() => expect(loads).toBe(2));
  });

  it("waits for what is being sent", async () => {
    await open();
    await act(async () => screen.getByRole("button").click());
    await comeBack();
    expect(fetch).not.toHaveBeenCalled();
    await act(async () => release());
    await waitFor(() => expect(loads).toBe(3));
  });

  it("is looked at again after a try that was under way when the network came back", async () => {
    await open();
    await act(async () => screen.getByRole("button").click());
    await tell(window, new Event("online"));
    expect(fetch).not.toHaveBeenCalled();
    await act(async () => refuse());
    await waitFor(() => expect(loads).toBe(2));
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("is asked for anew at once when it comes out of the browser's memory", async () => {
    await open();
    healthy = () => Promise.reject(new TypeError("Failed to fetch"));
    await tell(window, new PageTransitionEvent("pageshow", { persisted: false }));
    expect(loads).toBe(1);
    await tell(window, new PageTransitionEvent("pageshow", { persisted: true }));
    await waitFor(() => expect(loads).toBe(2));
  });
});

describe("a form that does not come through", () => {
  const send = (serverAction: () => Promise<unknown>) => {
    const body = new URLSearchParams({ intent: "add", title: "Fern", password: "secret", new_password: "x" });
    const request = new Request("http://localhost/", { method: "POST", body });
    const read = async () => {
      // As Remix does: the body can be read once.
      await request.text();
      return serverAction();
    };
    return keepFormOnNetworkError({ request, params: {}, serverAction: read as never });
  };

  it("comes back as it was typed, passwords excepted", async () => {
    const answer = await send(() => Promise.reject(new TypeError("Failed to fetch")));
    expect((answer as Response).status).toBe(503);
    expect(await (answer as Response).json()).toEqual({
      failed: true,
      intent: "add",
      message: "Tock can't be reached. Your text is kept; try again when you're back online.",
      errors: {},
      values: { intent: "add", title: "Fern" },
    });
  });

  it("leaves every answer alone: data, redirects, error pages", async () => {
    const refusal = { failed: true };
    await expect(send(async () => refusal)).resolves.toBe(refusal);
    for (const thrown of [redirect("/signin"), { status: 404, data: null }]) {
      await expect(send(() => Promise.reject(thrown))).rejects.toBe(thrown);
    }
  });

  it("asks for nothing anew, like any other refusal", () => {
    expect(revalidateOnSuccess({ actionStatus: 503 })).toBe(false);
    expect(revalidateOnSuccess({ actionStatus: 422 })).toBe(false);
    expect(revalidateOnSuccess({ actionStatus: 200 })).toBe(true);
    expect(revalidateOnSuccess({})).toBe(true);
  });
});

describe("a page that cannot be fetched", () => {
  it.each(["Failed to fetch", "NetworkError when attempting to fetch resource.", "Load failed"])(
    "is explained as such (%s)",
    (message) => {
      expect(explainError(new TypeError(message)).title).toBe("Tock can't be reached");
      expect(explainError(new Error(message)).title).not.toBe("Tock can't be reached");
    },
  );

  it("is no excuse for our own mistakes", () => {
    expect(explainError(new TypeError("Cannot read properties of undefined")).unreached).toBeUndefined();
  });

  it("is there again after Try again, without a new document", async () => {
    let away = true;
    const loader = () => {
      if (away) throw new TypeError("Failed to fetch");
      return null;
    };
    const routes = [
      { path: "/", loader, element: <p>fine</p>, errorElement: <PageError />, hydrateFallbackElement: <p /> },
    ];
    const router = createMemoryRouter(routes, { future: FUTURE_FLAGS });
    render(<RouterProvider router={router} future={{ v7_startTransition: true }} />);
    const again = await screen.findByRole("link", { name: "Try again" });
    away = false;
    await act(async () => again.click());
    expect(await screen.findByText("fine")).toBeTruthy();
  });
});

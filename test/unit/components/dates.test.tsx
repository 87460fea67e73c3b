import { cleanup, render, screen } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import { createMemoryRouter, Outlet, RouterProvider } from "react-router-dom";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Today } from "#app/components/tasks/today.tsx";
import { DateTime } from "#app/components/ui/date-time.tsx";
import { useTimeZone } from "#app/components/ui/use-time-zone.ts";
import { FUTURE_FLAGS } from "../../support/render-route.tsx";

const BROWSER_ZONE = "America/New_York";
const NOW = "2026-03-05T04:30:00.000Z";
const TIME = "2026-03-04T03:05:00.000Z";

afterEach(cleanup);
// The browser's time zone is that of the process, and components read it once.
vi.hoisted(() => {
  process.env.TZ = "America/New_York";
});

interface RootData {
  zone: string | null;
  now: string;
}

/** Provides the same context as the root route. */
function Root({ zone, now }: RootData) {
  return <Outlet context={{ timeZone: useTimeZone(zone), now }} />;
}

/** A page with a date in both formats: the heading of the list, and one for use in a sentence. */
function page(rootData: RootData) {
  const times = (
    <>
      <Today />
      <DateTime time={TIME} />
    </>
  );
  const routes = [{ element: <Root {...rootData} />, children: [{ path: "/", element: times }] }];
  const router = createMemoryRouter(routes, { future: FUTURE_FLAGS });
  return <RouterProvider router={router} future={{ v7_startTransition: true }} />;
}

function hydrate(rootData: RootData) {
  const container = document.createElement("div");
  document.body.append(container);
  // React Router's layout effects cause a warning on the server.
  const consoleError = vi.spyOn(console, "error").mockImplementation(() => {});
  container.innerHTML = renderToString(page(rootData));
  consoleError.mockClear();
  const dates = () =>
    Array.from(container.querySelectorAll("h1, time"), (date) => date.textContent).join(" | ");
  const sent = dates();
  render(page(rootData), { container, hydrate: true });
  expect(consoleError).not.toHaveBeenCalled();
  consoleError.mockRestore();
  return { sent, shown: dates() };
}

describe("a date on a page", () => {
  it("is rendered in the time zone of the cookie and unchanged by hydration", () => {
    const { sent, shown } = hydrate({ zone: BROWSER_ZONE, now: NOW });
    expect(sent).toBe("Wednesday, 4 March | yesterday, 22:05");
    expect(shown).toBe(sent);
  });

  it("is rendered in UTC without a cookie and in the browser's time zone after hydration", () => {
    const { sent, shown } = hydrate({ zone: null, now: NOW });
    expect(sent).toBe("Thursday, 5 March | 4 March, 03:05 UTC");
    expect(shown).toBe("Wednesday, 4 March | yesterday, 22:05");
  });

  it("changes to the browser's time zone if the cookie has another one", () => {
    const { sent, shown } = hydrate({ zone: "Asia/Kathmandu", now: NOW });
    expect(sent).toBe("Thursday, 5 March | yesterday, 08:50");
    expect(shown).toBe("Wednesday, 4 March | yesterday, 22:05");
  });

  it("has the exact time in its datetime attribute and the full date in its tooltip", () => {
    render(page({ zone: null, now: NOW }));
    const time = screen.getByText("yesterday, 22:05");
    expect(time.getAttribute("datetime")).toBe(TIME);
    expect(time.getAttribute("title")).toBe("Tuesday 3 March 2026, 22:05");
  });
});

describe("the time zone cookie", () => {
  it("is written for the whole site if it differs from the browser's time zone", () => {
    // biome-ignore lint/suspicious/noDocumentCookie: as in use-time-zone.ts.
    document.cookie = "zone=Asia/Kathmandu; Path=/";
    const written = vi.spyOn(document, "cookie", "set");
    const { unmount } = render(page({ zone: null, now: NOW }));
    expect(document.cookie).toBe(`zone=${BROWSER_ZONE}`);
    unmount();
    render(page({ zone: null, now: NOW }));
    expect(written.mock.calls).toEqual([[`zone=${BROWSER_ZONE}; Path=/; Max-Age=31536000; SameSite=Lax`]]);
  });
});
